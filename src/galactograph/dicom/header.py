"""What a mammogram that we write says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from galactograph.errors import InvalidValue
from galactograph.values.codes import Code, Laterality
from galactograph.values.procedure import Exposure, Injection, ViewPosition


class Intent(StrEnum):
    """DICOM Presentation Intent Type (0008,0068)."""

    PROCESSING = "FOR PROCESSING"
    PRESENTATION = "FOR PRESENTATION"


SOP_CLASSES = {
    Intent.PRESENTATION: "1.2.840.10008.5.1.4.1.1.1.2",
    Intent.PROCESSING: "1.2.840.10008.5.1.4.1.1.1.2.1",
}
"""Digital Mammography X-Ray Image, for either intent (PS3.6, found)."""

VIEWS = {
    ViewPosition.CC: Code("399162004", "SCT", "cranio-caudal"),
    ViewPosition.ML: Code("399260004", "SCT", "medio-lateral"),
    ViewPosition.LM: Code("399352003", "SCT", "latero-medial"),
    ViewPosition.MLO: Code("399368009", "SCT", "medio-lateral oblique"),
    ViewPosition.LMO: Code("399099002", "SCT", "latero-medial oblique"),
    ViewPosition.XCCL: Code("399192008", "SCT", "cranio-caudal exaggerated laterally"),
    ViewPosition.XCCM: Code("399101009", "SCT", "cranio-caudal exaggerated medially"),
}
"""source: CID 4014, View for Mammography (found)"""

MODIFIERS = {
    "magnification": Code("399163009", "SCT", "Magnification"),
    "spot-compression": Code("399055006", "SCT", "Spot Compression"),
    "nipple-in-profile": Code("442581004", "SCT", "Nipple in profile"),
    "anterior-compression": Code("441752004", "SCT", "Anterior compression"),
    "tangential": Code("399110001", "SCT", "Tangential"),
    "rolled-lateral": Code("399197002", "SCT", "Rolled lateral"),
    "rolled-medial": Code("399226006", "SCT", "Rolled medial"),
    "rolled-inferior": Code("414493004", "SCT", "Rolled inferior"),
    "rolled-superior": Code("415670009", "SCT", "Rolled superior"),
}
"""source: CID 4015, View Modifier for Mammography (found)"""

AGENTS = {
    "iohexol": Code("109218004", "SCT", "Iohexol"),
    "iopamidol": Code("109219007", "SCT", "Iopamidol"),
    "iodixanol": Code("353962003", "SCT", "Iodixanol"),
    "iopromide": Code("353903006", "SCT", "Iopromide"),
    "ioversol": Code("109222009", "SCT", "Ioversol"),
}
"""source: CID 12, Radiographic Contrast Agent (found)"""

ORIENTATIONS = {
    (Laterality.LEFT, "CC"): ("A", "R"),
    (Laterality.RIGHT, "CC"): ("P", "L"),
    (Laterality.LEFT, "ML"): ("A", "F"),
    (Laterality.RIGHT, "ML"): ("P", "F"),
    (Laterality.LEFT, "MLO"): ("A", "FR"),
    (Laterality.RIGHT, "MLO"): ("P", "FL"),
}
"""Patient Orientation when the chest wall of a left breast lies at the left edge.

source: PS3.3 C.8.11.7, usual hanging of mammograms (found for CC and MLO; ML derived)
"""

_FAMILY = {"XCCL": "CC", "XCCM": "CC", "LM": "ML", "LMO": "MLO"}
_MOST_BITS = {Intent.PROCESSING: 14, Intent.PRESENTATION: 12}


def orientation_of(laterality: Laterality, position: str) -> tuple[str, str]:
    """Return the direction of rows and of columns, as vendors store a mammogram."""
    return ORIENTATIONS[laterality, _FAMILY.get(position, position)]


@dataclass(frozen=True, kw_only=True)
class Header:
    """Everything that a written mammogram says, other than its pixels.

    Attributes
    ----------
    intent
        For processing: counts, air largest. For presentation: bright is dense.
    exposure
        Beam, geometry and panel. Distance to the support and magnification factor
        follow from it.
    injection
        None for a scout.
    study_uid
        Shared by the images of one study; made from the pseudonym if empty.
    pseudonym
        Never a name.
    simulated
        Says so in names, comments and Derivation Description.
    thickness_mm, compression_n
        Of the compressed breast; light in galactography.
    modifiers
        Words of `MODIFIERS`; magnification is added if the exposure magnifies.
    description
        Series description; made from side, position and injection if empty.
    source_uid
        SOP Instance UID of the For Processing image that this one was made from.
    scout_uid
        SOP Instance UID of the scout of this view, of the same intent, taken before.
    organ_dose_mgy, entrance_dose_mgy
        Mean glandular dose, and air kerma at the skin; None if not known.
    window
        Centre and width for display; the full range if None.
    bits_stored
        14 for processing and 12 for presentation if None.
    date, time
        DICOM DA and TM; fixed by default so that the same header gives the same file.
    """

    intent: Intent
    exposure: Exposure
    laterality: Laterality
    injection: Injection | None = None
    study_uid: str = ""
    pseudonym: str = "anonymous"
    simulated: bool = True
    age: int | None = None
    thickness_mm: float | None = None
    compression_n: float | None = None
    modifiers: tuple[str, ...] = ()
    description: str = ""
    series_number: int = 1
    instance_number: int = 1
    source_uid: str | None = None
    scout_uid: str | None = None
    organ_dose_mgy: float | None = None
    entrance_dose_mgy: float | None = None
    window: tuple[float, float] | None = None
    bits_stored: int | None = None
    date: str = "20000101"
    time: str = "120000"

    def __post_init__(self) -> None:
        for word in self.modifiers:
            if word not in MODIFIERS:
                raise InvalidValue(
                    f"modifier must be one of {', '.join(MODIFIERS)}, got {word!r}"
                )
        agent = self.injection and self.injection.agent
        if agent and agent not in AGENTS:
            raise InvalidValue(f"agent must be one of {', '.join(AGENTS)}, got {agent}")
        if not 1 <= self.bits <= 16:
            raise InvalidValue(f"bits_stored must be in 1..16, got {self.bits}")
        if self.window and not self.window[1] >= 1:
            raise InvalidValue(f"window width must be >= 1, got {self.window[1]}")
        if self.source_uid and self.intent is Intent.PROCESSING:
            raise InvalidValue("only an image for presentation has a source image")

    @property
    def bits(self) -> int:
        """Bits stored."""
        return self.bits_stored or _MOST_BITS[self.intent]

    @property
    def study(self) -> str:
        """Study Instance UID."""
        return self.study_uid or derived_uid("study", self.pseudonym)

    @property
    def series(self) -> str:
        """Series Instance UID: one for each study, series number and intent."""
        return derived_uid("series", self.study, self.series_number, self.intent)

    @property
    def instance(self) -> str:
        """SOP Instance UID: the same header gives the same UID."""
        return derived_uid("instance", self.series, self.instance_number, self)

    @property
    def title(self) -> str:
        """Series description, such as "GALACTOGRAM L CC"."""
        kind = "GALACTOGRAM" if self.injection else "SCOUT"
        return self.description or f"{kind} {self.laterality} {self.exposure.position}"

    @property
    def all_modifiers(self) -> tuple[str, ...]:
        """View modifiers, with magnification if the exposure magnifies."""
        magnified = self.exposure.magnification > 1
        if magnified and "magnification" not in self.modifiers:
            return (*self.modifiers, "magnification")
        return self.modifiers

    @property
    def source_to_support_mm(self) -> float:
        """Focal spot to the side of the support that the breast lies on."""
        beam = self.exposure
        if beam.magnification > 1:
            return beam.source_to_detector_mm / beam.magnification
        return beam.source_to_detector_mm - beam.air_gap_mm


def derived_uid(*parts: object) -> str:
    """Return a UID made from what it stands for; the same parts, the same UID.

    Examples
    --------
    >>> derived_uid("study", 7) == derived_uid("study", 7)
    True
    >>> len(derived_uid("study", 7)) <= 64
    True
    """
    name = "\x1f".join(str(part) for part in parts)
    return f"2.25.{int.from_bytes(sha256(name.encode()).digest()[:16])}"

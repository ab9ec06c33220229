"""The DICOM words we speak: coded concepts, named as the standard names them."""

from enum import Enum, StrEnum
from typing import NamedTuple


class Code(NamedTuple):
    """A coded concept: value, coding scheme, meaning."""

    value: str
    scheme: str
    meaning: str


class Laterality(StrEnum):
    """Side of the body, as in DICOM Image Laterality (0020,0062)."""

    LEFT = "L"
    RIGHT = "R"


class FindingKind(Enum):
    """What a galactogram can show: CID 6057, extended by private codes (99GALACTO).

    Each member holds the word of the reading contract and the code.
    """

    FILLING_DEFECT = (
        "filling-defect",
        Code("111425", "DCM", "Intraluminal filling defect"),
    )
    FILLING_DEFECTS = (
        "multiple-filling-defects",
        Code("111426", "DCM", "Multiple filling defect"),
    )
    TERMINATION = (
        "abrupt-termination",
        Code("111427", "DCM", "Abrupt duct termination"),
    )
    NARROWING = ("narrowing", Code("111429", "DCM", "Duct narrowing"))
    ECTASIA = ("ectasia", Code("22049009", "SCT", "Mammary duct ectasia"))
    WALL_IRREGULARITY = (
        "wall-irregularity",
        Code("WALL_IRREG", "99GALACTO", "Duct wall irregularity"),
    )
    DISPLACEMENT = (
        "displacement",
        Code("DISPLACED", "99GALACTO", "Duct displacement"),
    )
    PRUNED_TREE = (
        "pruned-tree",
        Code("RIGID_PRUNED", "99GALACTO", "Pruned duct tree"),
    )
    CYST_FILL = ("cyst-fill", Code("111430", "DCM", "Cyst fill"))
    EXTRAVASATION = ("extravasation", Code("111428", "DCM", "Extravasation"))
    AIR_BUBBLE = ("air-bubble", Code("AIR_BUBBLE", "99GALACTO", "Air bubble in duct"))

    @property
    def word(self) -> str:
        """The contract's word for it, such as "filling-defect"."""
        return self.value[0]

    @property
    def code(self) -> Code:
        """The coded concept."""
        return self.value[1]


class CauseName(StrEnum):
    """Candidate causes of a finding, as the reading contract names them."""

    PAPILLOMA = "intraductal-papilloma"
    ECTASIA = "duct-ectasia"
    DCIS = "ductal-carcinoma-in-situ"
    INVASIVE = "invasive-ductal-carcinoma"
    OTHER_BENIGN = "other-benign"
    ARTEFACT = "artefact"
    NORMAL = "normal"


class Adequacy(StrEnum):
    """Whether a view can be read at all."""

    ADEQUATE = "adequate"
    UNDERFILLED = "underfilled"
    NO_CONTRAST = "no-contrast"
    EXTRAVASATED = "extravasated"
    NOT_A_GALACTOGRAM = "not-a-galactogram"


class Action(StrEnum):
    """What to consider next, as the reading contract names it."""

    MICRODOCHECTOMY = "microdochectomy"
    SUBAREOLAR_EXCISION = "subareolar-duct-excision"
    BIOPSY_FIRST = "biopsy-first"
    MRI = "mri"
    ULTRASOUND = "ultrasound"
    REPEAT = "repeat-galactography"
    SURVEILLANCE = "surveillance"
    TREAT_INFECTION = "treat-infection-first"
    NO_GALACTOGRAPHY = "no-galactography"


class Depth(StrEnum):
    """Third of the breast between nipple and chest wall (CID 6024)."""

    ANTERIOR = "anterior"
    MIDDLE = "middle"
    POSTERIOR = "posterior"

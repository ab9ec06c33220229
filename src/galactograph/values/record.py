"""What was injected, and how it went: the record of one duct, kept with its study."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from galactograph.errors import InvalidValue
from galactograph.values.codes import Laterality


class OrificePlace(StrEnum):
    """Where on the nipple the orifice lies: orifices form two groups.

    source: a central and a peripheral group, Love 2004, Cancer 101:1947 (found)
    """

    CENTRAL = "central"
    PERIPHERAL = "peripheral"


class CannulaKind(StrEnum):
    """Shape of the blunt cannula. source: Fischer, Galactography chapter (found)."""

    STRAIGHT = "straight"
    ANGLED = "angled"
    OTHER = "other"


class Agent(StrEnum):
    """Iodine compound. source: CID 12, Radiographic Contrast Agent (found)."""

    IOHEXOL = "iohexol"
    IOPAMIDOL = "iopamidol"
    IODIXANOL = "iodixanol"
    IOPROMIDE = "iopromide"
    IOVERSOL = "ioversol"
    OTHER = "other"


class StopReason(StrEnum):
    """Why the injection ended.

    source: stop criteria of the exam, design page (found: fullness, pain, reflux;
    assumed: the rest)
    """

    PLANNED_VOLUME = "planned-volume"
    FULLNESS = "fullness"
    RESISTANCE = "resistance"
    REFLUX = "reflux"
    PAIN = "pain"
    EXTRAVASATION = "extravasation"
    PATIENT_UNWELL = "patient-unwell"
    PATIENT_ASKED = "patient-asked"
    NOT_CANNULATED = "not-cannulated"


BOUNDS = {
    "orifice_mm": (0.0, 15.0),
    "gauge": (20, 34),
    "iodine_mg_ml": (0.0, 400.0),
    "volume_ml": (0.0, 5.0),
    "rate_ml_s": (0.0, 0.5),
    "pain": (0, 10),
}
"""Least and most that a record may say, in the unit of the name.

source: nipple of 11 to 14 mm across, Rusby 2007, Taneri 2006 (found); cannula of 24 to
31 G (found), two steps more each way (assumed); agents of 140 to 370 mg I/mL
(remembered), 0 for saline; 0.1 to 3 mL in practice (found), 5 as
for `Injection` (assumed); pain on the numerical scale of 0 to 10 (remembered)
"""

_CLOCK = re.compile(r"(1[0-2]|[1-9])(:[0-5]\d)?")
_ROLES = ("radiologist", "trainee", "surgeon", "gynaecologist", "radiographer", "other")
_OPERATOR = re.compile(rf"({'|'.join(_ROLES)})(-\d{{1,4}})?")


@dataclass(frozen=True, kw_only=True)
class InjectionRecord:
    """What was injected into one duct, and how it went; None means not known.

    Attributes
    ----------
    laterality
        Side of the nipple.
    orifice_clock
        Position of the orifice on the nipple, seen facing the patient: "10" or
        "10:30".
    orifice_place, orifice_mm
        In the central or the peripheral group; distance from the nipple's centre.
    gauge, cannula
        Of the cannula: needle gauge, shape.
    agent, iodine_mg_ml
        Iodine compound and concentration of iodine.
    volume_ml
        Given in all, 0 if none.
    rate_ml_s
        Mean rate.
    flushed
        The line was filled and free of air before: air imitates filling defects.
    reflux
        Contrast came back beside the cannula.
    pain
        0 for none to 10 for the worst.
    extravasation
        Contrast left the duct.
    stop_reason
        Why the injection ended.
    operator
        Role, and a number where there are several, such as "radiologist-2"; there is
        no room for a name.
    time_of_day
        When it began, local time.

    Raises
    ------
    InvalidValue
        If a value is out of bounds, or two of them contradict each other.

    Examples
    --------
    >>> record = InjectionRecord(orifice_clock="10:30", volume_ml=0.4)
    >>> record.volume_ml, record.reflux
    (0.4, None)
    """

    laterality: Laterality | None = None
    orifice_clock: str | None = None
    orifice_place: OrificePlace | None = None
    orifice_mm: float | None = None
    gauge: int | None = None
    cannula: CannulaKind | None = None
    agent: Agent | None = None
    iodine_mg_ml: float | None = None
    volume_ml: float | None = None
    rate_ml_s: float | None = None
    flushed: bool | None = None
    reflux: bool | None = None
    pain: int | None = None
    extravasation: bool | None = None
    stop_reason: StopReason | None = None
    operator: str | None = None
    time_of_day: time | None = None

    def __post_init__(self) -> None:
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise InvalidValue(
                    f"{name} must be in {least:g}..{most:g}, got {value:g}"
                )
        if self.orifice_clock is not None and not _CLOCK.fullmatch(self.orifice_clock):
            raise InvalidValue(
                "orifice_clock must be a position on the clock, such as 10 or 10:30, "
                f"got {self.orifice_clock!r}"
            )
        if self.operator is not None and not _OPERATOR.fullmatch(self.operator):
            raise InvalidValue(
                f"operator must be a role, one of {', '.join(_ROLES)}, with a number "
                "if need be (radiologist-2), and never a name"
            )
        if self.time_of_day is not None and self.time_of_day.tzinfo is not None:
            raise InvalidValue("time_of_day is local time, without a zone")
        for wrong, words in self._contradictions():
            if wrong:
                raise InvalidValue(f"the record contradicts itself: {words}")

    def _contradictions(self) -> tuple[tuple[bool, str], ...]:
        """Return what cannot be true at once, in words."""
        stop = self.stop_reason
        none_given = stop is StopReason.NOT_CANNULATED
        return (
            (
                stop is StopReason.REFLUX and self.reflux is False,
                "stopped for reflux, and there was no reflux",
            ),
            (
                stop is StopReason.EXTRAVASATION and self.extravasation is False,
                "stopped for extravasation, and there was none",
            ),
            (
                stop is StopReason.PAIN and self.pain == 0,
                "stopped for pain, and the pain was 0",
            ),
            (
                none_given and bool(self.volume_ml),
                f"no duct was cannulated, and {self.volume_ml or 0:g} mL were given",
            ),
            (
                none_given and bool(self.extravasation or self.reflux),
                "no duct was cannulated, and contrast came out",
            ),
            (
                self.volume_ml == 0 and bool(self.extravasation or self.reflux),
                "nothing was given, and contrast came out",
            ),
        )

    @property
    def iodine_mg(self) -> float | None:
        """Iodine given in all, mg; None if it is not known."""
        if self.volume_ml is None or self.iodine_mg_ml is None:
            return None
        return self.volume_ml * self.iodine_mg_ml

    @property
    def known(self) -> tuple[str, ...]:
        """Names of the fields that are known, in order."""
        return tuple(
            name
            for name in self.__dataclass_fields__
            if getattr(self, name) is not None
        )

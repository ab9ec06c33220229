"""Who is examined and why: no names, no birth dates, unknown stays unknown."""

from dataclasses import dataclass, field
from enum import StrEnum

from galactograph.errors import InvalidValue
from galactograph.values.codes import Laterality


class Colour(StrEnum):
    """Colour of nipple discharge."""

    BLOODY = "bloody"
    SEROSANGUINEOUS = "serosanguineous"
    SEROUS = "serous"
    CLEAR = "clear"
    MILKY = "milky"
    GREEN = "green"
    YELLOW = "yellow"
    BROWN = "brown"
    PURULENT = "purulent"


@dataclass(frozen=True, kw_only=True)
class Discharge:
    """Nipple discharge; None means not known.

    Attributes
    ----------
    orifices
        How many openings discharge, >= 1.
    """

    colour: Colour | None = None
    spontaneous: bool | None = None
    orifices: int | None = None

    def __post_init__(self) -> None:
        if self.orifices is not None and self.orifices < 1:
            raise InvalidValue(f"orifices must be >= 1, got {self.orifices}")

    @property
    def bloody(self) -> bool | None:
        """True for blood of any dilution; None if the colour is not known."""
        if self.colour is None:
            return None
        return self.colour in (Colour.BLOODY, Colour.SEROSANGUINEOUS)

    @property
    def purulent(self) -> bool | None:
        """True for pus; None if the colour is not known."""
        return None if self.colour is None else self.colour is Colour.PURULENT


@dataclass(frozen=True, kw_only=True)
class Presentation:
    """What is known before the images; None means not known.

    Attributes
    ----------
    age
        Years, >= 0.
    infection
        Acute mastitis or abscess.
    visible_elsewhere
        The lesion is seen on ultrasound or MRI.
    wishes_to_breastfeed
        Weighs on total duct excision.
    """

    age: int | None = None
    male: bool | None = None
    laterality: Laterality | None = None
    discharge: Discharge = field(default_factory=Discharge)
    infection: bool | None = None
    palpable_mass: bool | None = None
    suspicious_imaging: bool | None = None
    visible_elsewhere: bool | None = None
    wishes_to_breastfeed: bool | None = None

    def __post_init__(self) -> None:
        if self.age is not None and not 0 <= self.age <= 130:
            raise InvalidValue(f"age must be in 0..130 years, got {self.age}")


@dataclass(frozen=True, kw_only=True)
class Patient:
    """A woman (or man) under a pseudonym."""

    pseudonym: str = "anonymous"
    presentation: Presentation = field(default_factory=Presentation)

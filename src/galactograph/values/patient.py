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


class Reaction(StrEnum):
    """Worst reaction to iodinated contrast so far."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


@dataclass(frozen=True, kw_only=True)
class Discharge:
    """Nipple discharge; None means not known.

    Attributes
    ----------
    orifices
        How many openings of one nipple discharge, >= 1.
    bilateral
        Both breasts discharge.
    persistent
        It goes on, and did not come once.
    expressible
        A drop can be had today: without it the orifice cannot be found.
    """

    colour: Colour | None = None
    spontaneous: bool | None = None
    orifices: int | None = None
    bilateral: bool | None = None
    persistent: bool | None = None
    expressible: bool | None = None

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
class History:
    """What was before, as far as it weighs on the exam; None means not known.

    Attributes
    ----------
    contrast_reaction
        Worst reaction to iodinated contrast; "none" if she had some or never had any.
    pregnant, lactating
        Now.
    anticoagulated
        Anticoagulation, or a bleeding disorder.
    nipple_altered
        Inverted, retracted, scarred or pierced nipple, on the side of the exam.
    breast_operated
        Surgery of nipple or ducts, or a reduction, on the side of the exam.
    irradiated
        Radiotherapy of the side of the exam.
    implant
        Silicone implant on the side of the exam.
    thyroid_risk
        Uncontrolled thyrotoxicosis, or radioiodine is planned.
    nipple_eczema
        Eczema of the nipple, as in Paget's disease.
    can_consent
        She understands what is done, and may say no.
    faints
        Severe anxiety, or vasovagal episodes before.
    failed_recently
        A failed attempt, or one with extravasation, less than 7 days ago.
    recent_mammogram
        Without contrast, of the side of the exam, in the last 12 months.
    """

    contrast_reaction: Reaction | None = None
    pregnant: bool | None = None
    lactating: bool | None = None
    anticoagulated: bool | None = None
    nipple_altered: bool | None = None
    breast_operated: bool | None = None
    irradiated: bool | None = None
    implant: bool | None = None
    thyroid_risk: bool | None = None
    nipple_eczema: bool | None = None
    can_consent: bool | None = None
    faints: bool | None = None
    failed_recently: bool | None = None
    recent_mammogram: bool | None = None


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
    history
        What was before, and weighs on the exam.
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
    history: History = field(default_factory=History)

    def __post_init__(self) -> None:
        if self.age is not None and not 0 <= self.age <= 130:
            raise InvalidValue(f"age must be in 0..130 years, got {self.age}")


@dataclass(frozen=True, kw_only=True)
class Patient:
    """A woman (or man) under a pseudonym."""

    pseudonym: str = "anonymous"
    presentation: Presentation = field(default_factory=Presentation)

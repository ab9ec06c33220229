"""What is ordered: views, injection, exposure."""

from dataclasses import dataclass, field
from enum import StrEnum

from galactograph.errors import InvalidValue
from galactograph.values.codes import Laterality


class ViewPosition(StrEnum):
    """DICOM View Position (0018,5101) of a mammogram."""

    CC = "CC"
    ML = "ML"
    LM = "LM"
    MLO = "MLO"
    LMO = "LMO"
    XCCL = "XCCL"
    XCCM = "XCCM"


class StopRule(StrEnum):
    """When the radiologist lets go of the syringe before the volume is given."""

    VOLUME = "volume"
    """Never: all of it is given."""
    PRESSURE = "pressure"
    """At resistance, at a drop beside the cannula, or at sharp pain."""
    REFLUX = "reflux"
    """At a drop beside the cannula, or at sharp pain."""


@dataclass(frozen=True, kw_only=True)
class Injection:
    """What is injected into one orifice.

    Attributes
    ----------
    iodine_mg_ml
        Concentration, in [0, 400]; 0 for none.
    volume_ml
        The most to give, in (0, 5].
    lobe
        Index of the duct system that is cannulated.
    agent
        Iodine compound: iohexol, iopamidol or iodixanol.
    rate_ml_s
        In (0, 0.5]; 0.005 to 0.02 is slow and safe (source: design, assumed).
    temperature_c
        Of the syringe, in 5..45; warmed to the body's is thinner.
    stop_at
        When to stop before `volume_ml`.
    stop_mmhg
        Duct pressure that is felt as resistance, in [5, 300]; source: the upper end of
        discomfort, 30 to 60 mmHg (design, assumed).
    air_ml
        Air that was left in the line and goes in first, in [0, 0.5].
    gauge, cannula_mm
        Of the cannula, for the pressure that the thumb feels.
    """

    iodine_mg_ml: float = 300.0
    volume_ml: float = 0.5
    lobe: int = 0
    agent: str = "iohexol"
    rate_ml_s: float = 0.01
    temperature_c: float = 37.0
    stop_at: StopRule = StopRule.PRESSURE
    stop_mmhg: float = 60.0
    air_ml: float = 0.0
    gauge: int = 30
    cannula_mm: float = 25.0

    def __post_init__(self) -> None:
        if not 0 <= self.iodine_mg_ml <= 400:
            raise InvalidValue(
                f"iodine_mg_ml must be in 0..400, got {self.iodine_mg_ml}"
            )
        if not 0 < self.volume_ml <= 5:
            raise InvalidValue(f"volume_ml must be in (0, 5], got {self.volume_ml}")
        if not 0 < self.rate_ml_s <= 0.5:
            raise InvalidValue(f"rate_ml_s must be in (0, 0.5], got {self.rate_ml_s}")
        bounds = {
            "temperature_c": (5, 45),
            "stop_mmhg": (5, 300),
            "air_ml": (0, 0.5),
            "cannula_mm": (5, 60),
        }
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise InvalidValue(f"{name} must be in {least}..{most}, got {value}")


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """One beam, as ordered: geometry and technique of a single view.

    Attributes
    ----------
    rows, columns
        Of the panel.
    pixel_mm
        Pixel pitch at the panel.
    source_to_detector_mm, air_gap_mm
        Focal spot to panel; underside of the breast to panel.
    kv
        In 20..50.
    contrast
        False for the scout, taken before the injection.
    magnification
        1 for contact; 1.5 to 2 on a stand.
    vendor
        Class of unit whose panel it is, such as "ge"; "" for the generic one.
    angle_deg
        Tilt of the tube off the panel's normal, towards growing rows; in [-60, 60].
    pivot_mm
        Height above the panel about which the tube turns.
    panel_deg
        Tilt of the panel about the middle of its surface, the same way.
    travel_deg
        Arc that the tube goes on through while it exposes; 0 if it stops.
    """

    position: ViewPosition = ViewPosition.CC
    contrast: bool = True
    rows: int = 3328
    columns: int = 2560
    pixel_mm: float = 0.07
    source_to_detector_mm: float = 650.0
    air_gap_mm: float = 17.0
    kv: float = 28.0
    mas: float = 80.0
    beam: str = "W/Rh"
    grid: bool = True
    magnification: float = 1.0
    vendor: str = ""
    angle_deg: float = 0.0
    pivot_mm: float = 0.0
    panel_deg: float = 0.0
    travel_deg: float = 0.0

    def __post_init__(self) -> None:
        if not 20 <= self.kv <= 50:
            raise InvalidValue(f"kv must be in 20..50, got {self.kv}")
        if not (abs(self.angle_deg) <= 60 and abs(self.panel_deg) <= 60):
            raise InvalidValue(
                "angle_deg and panel_deg must be in -60..60, got "
                f"{self.angle_deg} and {self.panel_deg}"
            )
        if not 0 <= self.pivot_mm < self.source_to_detector_mm:
            raise InvalidValue(
                "pivot_mm must lie between panel and source "
                f"(0..{self.source_to_detector_mm}), got {self.pivot_mm}"
            )
        if min(self.rows, self.columns) < 1 or not self.pixel_mm > 0:
            raise InvalidValue("the panel must have rows, columns and pixel_mm > 0")


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """A whole examination of one breast."""

    laterality: Laterality = Laterality.LEFT
    injection: Injection = field(default_factory=Injection)
    exposures: tuple[Exposure, ...] = ()

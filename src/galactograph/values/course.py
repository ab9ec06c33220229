"""How an injection went: what the syringe, the duct and the nipple saw, by time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from galactograph.values.arrays import Floats, seal


def _none() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """The time course of an injection, T samples from the first drop to the last.

    Attributes
    ----------
    times_s : float64, (T,)
    pressure_mmhg : float64, (T,)
        In the duct, at the cannula; not in the syringe.
    volume_ml : float64, (T,)
        Given by the syringe.
    filled_length_mm : float64, (T,)
        Duct that holds contrast, a tenth of its lumen or more.
    refluxed_ml, leaked_ml : float64, (T,)
        Contrast that came back at the nipple, and that left through a torn wall.
    stopped_by
        "volume", "pressure", "reflux" or "pain"; empty if not known.
    seal_mmhg, pain_mmhg, burst_mmhg
        This woman's marks: contrast escapes beside the cannula, pressure hurts, the
        weakest wall tears. 0 if not known.
    syringe_mmhg
        Pressure that the cannula alone costs at this rate: what the thumb feels.
    """

    times_s: Floats = field(default_factory=_none)
    pressure_mmhg: Floats = field(default_factory=_none)
    volume_ml: Floats = field(default_factory=_none)
    filled_length_mm: Floats = field(default_factory=_none)
    refluxed_ml: Floats = field(default_factory=_none)
    leaked_ml: Floats = field(default_factory=_none)
    stopped_by: str = ""
    seal_mmhg: float = 0.0
    pain_mmhg: float = 0.0
    burst_mmhg: float = 0.0
    syringe_mmhg: float = 0.0

    def __post_init__(self) -> None:
        count = seal(self, "times_s", "f8", (None,))
        seal(self, "pressure_mmhg", "f8", (count,))
        seal(self, "volume_ml", "f8", (count,))
        seal(self, "filled_length_mm", "f8", (count,))
        seal(self, "refluxed_ml", "f8", (count,))
        seal(self, "leaked_ml", "f8", (count,))

    @property
    def given_ml(self) -> float:
        """What left the syringe."""
        return float(self.volume_ml[-1]) if len(self.volume_ml) else 0.0

    @property
    def most_mmhg(self) -> float:
        """The highest pressure in the duct."""
        return float(self.pressure_mmhg.max(initial=0.0))

"""What the one who injected would write down: what was felt and seen, no truth."""

from __future__ import annotations

import math

from galactograph.contrast.settings import Settings
from galactograph.values.procedure import Injection
from galactograph.values.record import Agent, InjectionRecord, StopReason
from galactograph.values.truth import Breast, Filling

_STOPS = {
    "volume": StopReason.PLANNED_VOLUME,
    "pressure": StopReason.RESISTANCE,
    "reflux": StopReason.REFLUX,
    "pain": StopReason.PAIN,
}


def recorded(
    breast: Breast,
    filling: Filling,
    injection: Injection,
    *,
    settings: Settings | None = None,
) -> InjectionRecord:
    """Return the record of a simulated injection.

    A torn wall is not seen from outside, and how much it hurt nobody simulates: both
    stay unknown. Reflux is noted from a drop on.
    """
    course = filling.course
    across, _, up = breast.lobes[filling.lobe].points_mm[0]
    seen = bool(len(course.refluxed_ml))
    drop_ml = (settings or Settings()).drop_ml
    reflux = course.stopped_by == "reflux" or (
        seen and float(course.refluxed_ml[-1]) >= drop_ml
    )
    return InjectionRecord(
        laterality=breast.laterality,
        orifice_clock=clock_of(float(across), float(up), breast.laterality.value),
        orifice_mm=round(math.hypot(across, up), 1),
        gauge=injection.gauge,
        agent=Agent(injection.agent) if injection.iodine_mg_ml else None,
        iodine_mg_ml=injection.iodine_mg_ml,
        volume_ml=round(course.given_ml if seen else injection.volume_ml, 3),
        rate_ml_s=injection.rate_ml_s,
        flushed=injection.air_ml == 0,
        reflux=reflux if seen else None,
        stop_reason=_STOPS.get(course.stopped_by),
    )


def clock_of(lateral: float, up: float, side: str) -> str:
    """Return the position on the clock, facing the patient, to half an hour.

    Parameters
    ----------
    lateral, up
        From the middle of the nipple, in one unit.
    side
        "L" or "R": lateral is to the right of one who faces a left breast.

    Examples
    --------
    >>> clock_of(1.0, 0.0, "L"), clock_of(1.0, 0.0, "R"), clock_of(0.0, 1.0, "L")
    ('3', '9', '12')
    >>> clock_of(-1.0, 1.0, "L")
    '10:30'
    """
    right = lateral if side == "L" else -lateral
    halves = round(math.atan2(right, up) / math.tau * 24) % 24
    whole = halves // 2 or 12
    return f"{whole}:30" if halves % 2 else f"{whole}"

"""Positions on the breast clock, as seen facing the patient (CID 6018, 6020)."""

from __future__ import annotations

import re

from galactograph.values.codes import Laterality


def hour(clock: str | None) -> float | None:
    """Return the hour in [0, 12) that a clock position names; None if it names none.

    Examples
    --------
    >>> hour("10:30"), hour("12 o'clock"), hour(None)
    (10.5, 0.0, None)
    """
    found = re.match(r"\s*(\d{1,2})(?::(\d{2}))?", clock or "")
    if not found:
        return None
    return (int(found[1]) + int(found[2] or 0) / 60) % 12


def quadrant(clock: str | None, side: Laterality | None) -> str | None:
    """Return the quadrant of a clock position; None on a border or if unknown.

    Facing the patient, outer is to the right for a left breast (3 o'clock) and to
    the left for a right breast (9 o'clock).

    Examples
    --------
    >>> quadrant("2", Laterality.LEFT), quadrant("2", Laterality.RIGHT)
    ('upper outer', 'upper inner')
    >>> quadrant("12", Laterality.LEFT) is None
    True
    """
    at = hour(clock)
    if at is None or side is None or at % 3 == 0:
        return None
    upper = at < 3 or at > 9
    outer = (at < 6) == (side is Laterality.LEFT)
    return f"{'upper' if upper else 'lower'} {'outer' if outer else 'inner'}"


def direction(letter: str, side: Laterality | None) -> str:
    """Return "upper", "lower", "outer", "inner" for a DICOM direction; "" if neither.

    Examples
    --------
    >>> direction("L", Laterality.LEFT), direction("L", Laterality.RIGHT)
    ('outer', 'inner')
    >>> direction("H", None), direction("A", None)
    ('upper', '')
    """
    if letter in ("H", "F"):
        return "upper" if letter == "H" else "lower"
    if letter in ("L", "R") and side is not None:
        return "outer" if letter == str(side) else "inner"
    return ""


def spoken(clock: str) -> str:
    """Return a clock position as it is said; other words as they stand.

    Examples
    --------
    >>> spoken("12:00"), spoken("10:30"), spoken("2")
    ("12 o'clock", "10:30 o'clock", "2 o'clock")
    """
    at = hour(clock)
    if at is None:
        return clock
    minutes = round((at % 1) * 60)
    whole = int(at) or 12
    return f"{whole}:{minutes:02d} o'clock" if minutes else f"{whole} o'clock"

"""Words for people: what codes and levels mean, from the catalogue."""

from __future__ import annotations

from galactograph.language import ENGLISH, Tongue
from galactograph.values.clock import hour
from galactograph.values.codes import FindingKind, Laterality

RESEARCH = ENGLISH.say("mark.research")
"""Stands on every result. (found: design, domain 10.2)"""

CAUTION = f"{ENGLISH.say('limits.research')} {ENGLISH.say('limits.normal')}"

LEVELS = {f"DG{n}": ENGLISH.say(f"level.DG{n}") for n in range(6)}
"""Meaning of the project's own research levels. (assumed: design, domain 3.5)"""


def kind_words(kind: FindingKind, tongue: Tongue = ENGLISH) -> str:
    """Return the name of a kind of finding, such as "Filling defect"."""
    return tongue.say(f"kind.{kind.word}")


def confidence_words(confidence: float, tongue: Tongue = ENGLISH) -> str:
    """Return "low", "moderate" or "high" for a confidence in [0, 1].

    The borders 0.5 and 0.8 are the project's own (assumed); the number is always
    shown beside the word.
    """
    if confidence >= 0.8:
        return tongue.say("word.high")
    return tongue.say("word.moderate" if confidence >= 0.5 else "word.low")


def side_words(side: Laterality | str | None, tongue: Tongue = ENGLISH) -> str:
    """Return "left", "right", or that the side is not stated."""
    if side not in ("L", "R"):
        return tongue.say("word.no_side")
    return tongue.say("word.left" if side == "L" else "word.right")


def clock_words(clock: str, tongue: Tongue = ENGLISH) -> str:
    """Return a clock position as it is said; other words as they stand.

    Examples
    --------
    >>> clock_words("10:30"), clock_words("2:00")
    ("10:30 o'clock", "2 o'clock")
    """
    at = hour(clock)
    if at is None:
        return clock
    minutes, whole = round((at % 1) * 60), int(at) or 12
    told = f"{whole}:{minutes:02d}" if minutes else f"{whole}"
    return tongue.say("place.clock", at=told)

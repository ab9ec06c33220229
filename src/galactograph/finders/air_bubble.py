"""Air bubble in a duct (99GALACTO AIR_BUBBLE).

What it finds
    A round, sharply bounded place without any contrast, free in a duct that is
    not widened; often several.
Why it matters
    It is the commonest imitator of a papilloma: named as what it is, it spares a
    woman an operation (Slawson 2001 calls removing bubbles vital).
How
    The same missing contrast as a filling defect, judged by shape: missing
    thickness like a ball's, as deep as it is wide, as long as it is wide, without
    lobes. Companions of the same kind in the view make it more likely. A place is
    either a bubble or a filling defect, never both: both finders ask the same
    odds.
Limits
    Grey level does not decide: air and soft tissue differ by less than a tenth of
    the contrast that either displaces. A small, perfectly round papilloma looks
    the same in one view; movement between views is the proof.
"""

from __future__ import annotations

from collections.abc import Iterator

from galactograph.finders._deficit import Settings
from galactograph.finders._judge import bubble_odds
from galactograph.finders._places import readable
from galactograph.finders._search import deficits
from galactograph.finders.filling_defect import finding_of
from galactograph.values.codes import FindingKind
from galactograph.values.report import Finding, Reading

__all__ = ["Settings", "find"]


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield the air bubbles of a reading, from the nipple outward."""
    if not readable(reading):
        return
    found = deficits(reading, settings or Settings())
    bubbles = [d for d in found if bubble_odds(d, found) >= 1]
    bubbles.sort(key=lambda d: d.column.strip.from_nipple_mm[d.column.station[d.first]])
    for deficit in bubbles:
        # How sure it is that something lies there; that it is air is its name.
        yield finding_of(reading, deficit, FindingKind.AIR_BUBBLE, deficit.chance)

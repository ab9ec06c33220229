"""Intraluminal filling defect (DCM 111425).

What it finds
    A place in a filled duct where contrast is missing, with filled duct on both
    sides: beside the wall, in the middle of a wide duct, across the whole lumen,
    or in a duct that is wider here because something has grown in it.
Why it matters
    The classic sign of an intraductal papilloma; carcinoma can look the same.
    In 351 galactograms, 64 % of defects and cut-offs were papillary and 7 % cancer
    (Dinkel 2000).
How
    Contrast of a round lumen is its chord. The outer walls of the duct are followed
    along the strip (`_walls`), so that a body in the middle does not hide the
    calibre; what is missing against the chord between them has a thickness in mm
    (`_search`, `_measure`). Bodies of 0.35 to 1.4 mm are looked for on their own, as
    dots, which curve up on every side against what the same lane holds before and
    beyond (`_dots`, `_bodies`): so one that takes a tenth of a wide duct's contrast is
    seen. Where a wide duct
    forks or a large body has led the trace astray, the picture itself shows what
    thicker contrast encloses (`_hollows`, `_enclosed`). Every place is
    then weighed with all evidence (`_evidence`): how far the filled fraction falls, how
    contrast encloses it in the strip and in the picture about it (`_around`), form,
    calibre, bend, other ducts, and whether two ducts in one outline explain the picture
    better (`_twofold`). A few rules (`_judge`) hold what needs no weighing: a
    basin, a ball as deep as wide, a plug or a growth at the wall of a straight, quiet
    duct. Several in one duct system are reported each with its own place, and
    `finders.settle` adds one finding DCM 111426 that holds them all.
Limits
    Nothing is found at the very ends of a run, where no neighbour lies on one side
    (the termination finder looks there), nor in ducts below 0.35 mm (0.4 mm for
    small bodies, which also need 1 mm of duct on either side). A growth
    at the wall that no contrast surrounds is told only in a straight duct. A bubble
    that is no perfect circle looks the same in one view.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from galactograph.finders._deficit import Deficit, Settings
from galactograph.finders._judge import bubble_odds
from galactograph.finders._places import (
    along_mm,
    place_of,
    plain,
    profile_of,
    readable,
    say,
    straight_mm,
    told,
)
from galactograph.finders._search import deficits
from galactograph.values.codes import FindingKind
from galactograph.values.geometry import Grid
from galactograph.values.report import Finding, Reading

__all__ = ["Settings", "find", "finding_of"]


def find(reading: Reading, settings: Settings | None = None) -> Iterator[Finding]:
    """Yield the filling defects of a reading, from the nipple outward."""
    if not readable(reading):
        return
    found = deficits(reading, settings or Settings())
    solid = [d for d in found if not d.concentric and bubble_odds(d, found) < 1]
    solid.sort(key=lambda d: d.column.strip.from_nipple_mm[d.column.station[d.first]])
    for deficit in solid:
        yield finding_of(reading, deficit, FindingKind.FILLING_DEFECT, deficit.chance)


def finding_of(
    reading: Reading, deficit: Deficit, kind: FindingKind, sure: float
) -> Finding:
    """Return `deficit` as a finding of `kind`."""
    column, grid = deficit.column, reading.view.image.grid
    strip = column.strip
    place = place_of(
        reading, strip, (deficit.s_mm, deficit.u_mm), deficit.shape.outline
    )
    filled = np.interp(strip.s_mm, column.s_mm, column.filled)
    return Finding(
        kind=kind,
        places=(place,),
        confidence=sure,
        length_mm=told(deficit.length_mm, grid),
        width_mm=told(deficit.width_mm, grid),
        along_duct_mm=along_mm(reading, strip, deficit.s_mm),
        straight_mm=straight_mm(reading, place.row, place.column),
        shape=deficit.shape.word,
        evidence=_evidence(deficit, grid),
        explanation=_explain(reading, deficit, kind),
        profile=profile_of(
            strip,
            int(column.station[deficit.first]),
            int(column.station[deficit.last]),
            filled,
        ),
    )


def _evidence(deficit: Deficit, grid: Grid) -> dict[str, float]:
    """Return the numbers that the cause model may weigh."""
    station = int(deficit.column.station[(deficit.first + deficit.last) // 2])
    dot = {} if deficit.dot is None else {"dot": deficit.dot.even}
    return plain(
        grid,
        **dot,
        lumen_fraction=deficit.lumen_fraction,
        drop=deficit.drop,
        z=deficit.z,
        depth_mm=deficit.depth_mm,
        expansion=deficit.expansion,
        attached=float(deficit.attached),
        overlap=deficit.in_overlap,
        enclosed=deficit.basin.share,
        roundness=deficit.shape.roundness,
        roughness=deficit.shape.roughness,
        duct_calibre_mm=float(deficit.column.strip.expected_mm[station]),
    )


def _explain(reading: Reading, deficit: Deficit, kind: FindingKind) -> str:
    """Return one or two sentences with the numbers."""
    grid = reading.view.image.grid
    size = f"{say(deficit.length_mm, grid)} long and {say(deficit.width_mm, grid)} wide"
    lost = f"contrast is missing from {deficit.lumen_fraction:.0%} of the lumen"
    if kind is FindingKind.AIR_BUBBLE:
        return (
            f"A round, sharply bounded lucency {size}: {lost}, and what is missing "
            f"matches a ball (correlation {deficit.shape.roundness:.2f}), as air does. "
            "A second view or flushing tells a bubble from a smooth papilloma."
        )
    if deficit.dot is not None:
        return (
            f"A spot {size} that holds {say(deficit.depth_mm, grid)} less contrast "
            "than the same lane of the lumen before and beyond it "
            f"({deficit.z:.0f} times the noise).{_hidden(deficit)}"
        )
    word = f"{deficit.shape.word} " if deficit.shape.word else ""
    article = "An" if word.startswith(tuple("aeiou")) else "A"
    where = "against one wall" if deficit.attached else "with contrast on both sides"
    if deficit.lumen_fraction > 0.9:
        where = "across the whole lumen"
    text = (
        f"{article} {word}defect {size}: {lost}, {where}; the filled fraction falls by "
        f"{deficit.drop:.0%} against the duct on either side "
        f"({deficit.z:.0f} times the noise)."
    )
    if deficit.expansion > 1.25:
        text += f" The duct is {deficit.expansion:.1f} times as wide here as beside it."
    return text + _hidden(deficit)


def _hidden(deficit: Deficit) -> str:
    """Return a sentence on what lies over a place; none if it is free."""
    if deficit.in_overlap <= 0.5 or deficit.basin.share >= 0.2:
        return ""
    return " It lies at a fork or under another duct, which makes it less sure."

"""Calibre against truth: Bland-Altman by calibre, causes of error, honest error bars.

`python -m benchmarks.calibres STUDY... [--out FOLDER]` reads simulated studies that
lie in folders with their truth, and prints three tables: how far the measured calibre
is off (bias, median and 90th percentile of the error, limits of agreement), for ducts
that lie alone and for those with another duct near; where the large errors come from;
and how the errors compare with the standard error that the reader states.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from benchmarks import scoring
from benchmarks.agreement import CAUSES, Samples, join, show, tables
from benchmarks.worker import truth_of
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Reading

SKEW_DEG = 35.0
"""A line that runs further off a duct's way was traced along another (assumed)."""


def samples(
    reading: Reading, about: dict[str, Any], truth: dict[str, Any]
) -> Samples | None:
    """Match true and measured calibres of a view; None if nothing was traced.

    The places, and the line that answers for each, are those of
    `scoring.calibre_pairs`: the nearest traced point within 0.5 mm.
    """
    mm = reading.view.image.grid.pixel_mm
    parents = np.array(truth["tree"]["parents"])
    true = scoring.course(
        np.array(about["points"]),
        parents,
        np.array(about["calibre_mm"]),
        pixel_mm=mm,
        kept=np.array(about["visible"]),
    )
    found, sigma, flags = (
        scoring.join(
            scoring.course(
                np.column_stack([duct.rows, duct.columns]),
                duct.tree.parents,
                np.asarray(getattr(duct, name), float),
                pixel_mm=mm,
            )
            for duct in reading.ducts
        )
        for name in ("calibre_mm", "sigma_mm", "overlap")
    )
    if not len(true.points) or not len(found.points):
        return None
    chosen = np.arange(0, len(true.points), scoring.CALIBRE_EVERY)
    chosen = chosen[true.calibre_mm[chosen] >= scoring.LEAST_MM]
    far, which = cKDTree(found.points).query(true.points[chosen])
    near = far <= scoring.TOLERANCE_MM / mm
    pairs = scoring.calibre_pairs(true, found, pixel_mm=mm)
    chosen, which = chosen[near], which[near]
    return Samples(
        true_mm=true.calibre_mm[chosen],
        found_mm=found.calibre_mm[which],
        sigma_mm=sigma.calibre_mm[which],
        alone=np.array([alone for *_, alone in pairs], bool),
        flagged=flags.calibre_mm[which] > 0,
        cause=_causes(true, found, chosen, which, mm),
        points=true.points[chosen],
    )


def _headings(course: scoring.Course) -> Floats:
    """Return the direction at each sample, (K, 2), from its neighbours on the edge."""
    way = np.zeros_like(course.points)
    gap = np.diff(course.points, axis=0)
    together = np.diff(course.branch) == 0
    together &= np.abs(np.diff(course.along_mm)) < 4 * scoring.STEP_MM
    gap[~together] = 0
    way[:-1] += gap
    way[1:] += gap
    headings: Floats = way / np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    return headings


def _causes(
    true: scoring.Course,
    found: scoring.Course,
    chosen: Ints,
    which: Ints,
    mm: float,
) -> Ints:
    """Tell what lies at each place: the first of `CAUSES` that holds, (K,)."""
    heading, traced = _headings(true), _headings(found)
    tree = cKDTree(true.points)
    ends = _ends(true)
    limit = np.cos(np.radians(SKEW_DEG))
    widest = float(true.calibre_mm.max())
    causes = np.full(len(chosen), CAUSES.index("alone"))
    near = tree.query_ball_point(
        true.points[chosen], (true.calibre_mm[chosen] / 2 + widest / 2 + 0.3) / mm
    )
    for k, (mine, line, others) in enumerate(zip(chosen, which, near, strict=True)):
        other = np.asarray(others)
        away = np.hypot(*(true.points[other] - true.points[mine]).T) * mm
        along = np.abs(true.along_mm[other] - true.along_mm[mine])
        radii = (true.calibre_mm[other] + true.calibre_mm[mine]) / 2
        foreign = (true.branch[other] != true.branch[mine]) | (along > 3 * away + 1.0)
        foreign &= away - radii < 0.3
        # Branches that meet there are a fork; all else passes in front or behind.
        meeting = foreign & (along < 1.5 * away + 2 * true.calibre_mm[mine] + 0.5)
        passing = foreign & ~meeting
        skew = np.abs(heading[other] @ heading[mine]) < limit
        owner = other[np.argmin(np.hypot(*(true.points[other] - found.points[line]).T))]
        stray = true.branch[owner] != true.branch[mine]
        if abs(traced[line] @ heading[mine]) < limit or (stray and passing.any()):
            causes[k] = CAUSES.index("line of another duct")
        elif (passing & skew).any():
            causes[k] = CAUSES.index("crossing")
        elif passing.any():
            causes[k] = CAUSES.index("side by side")
        elif meeting.any():
            causes[k] = CAUSES.index("fork")
        elif ends[mine]:
            causes[k] = CAUSES.index("tip")
    return causes


def _ends(true: scoring.Course) -> Bools:
    """Tell which samples lie within a millimetre of the end of their branch, (K,)."""
    last: dict[int, float] = {}
    for branch, along in zip(true.branch, true.along_mm, strict=True):
        last[branch] = max(last.get(branch, 0.0), along)
    ends: Bools = (
        np.array([last[branch] for branch in true.branch]) - true.along_mm < 1.0
    )
    return ends


def of_study(folder: Path) -> list[Samples]:
    """Read a study and return the samples of its views."""
    import galactograph

    report = galactograph.read(folder)
    truth = json.loads((folder / "truth" / "truth.json").read_text("utf-8"))
    found = []
    for reading in report.readings:
        about = truth_of(reading, truth)
        some = None if about is None else samples(reading, about, truth)
        if some is not None:
            found.append(some)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, help="folder for the tables as JSON")
    given = parser.parse_args()
    found = [some for folder in given.studies for some in of_study(folder)]
    made = tables(join(found))
    for name, rows in made.items():
        print(show(name.replace("_", " "), rows), end="\n\n")
    if given.out is not None:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "calibres.json").write_text(json.dumps(made, indent=1), "utf-8")


if __name__ == "__main__":
    main()

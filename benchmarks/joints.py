"""Measure joints: crossings told from forks, lines paired there, and parents.

    python -m benchmarks.joints STUDY...      studies with truth, as `simulate` writes

*Way right*: a true sample is right if some traced point beside it has a way to its root
that stays within 0.5 mm (0.6 radii of a wide duct) of the true way to the orifice, in
order; it may leave it for 3 mm. *Parent right*: the same, but after each wrong joint
the count begins anew, so that a wrong joint costs the stretch up to the next true fork
and not all that lies beyond. Both are weighted by length, over what was traced at all
of lumina of 0.25 mm and more.

*Crossing or fork*: where two true ducts of 0.2 mm and more cross, the traced lines pass
("crossing"), join ("fork"), pass into one another ("swapped") or end ("apart"); where
one divides, they join ("fork") or not ("apart").
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from benchmarks import worker
from benchmarks.joint_lines import Lines, joined, resampled
from benchmarks.joint_sites import said_of, true_sites
from benchmarks.joint_ways import follow
from galactograph.values.report import Reading

LEAST_PARENT_MM = 0.25
"""Thinner lumina are not asked for their parents (source: reading.md 6, found)."""

Figures = dict[str, Any]


def score(true: Lines, found: Lines) -> Figures:
    """Return lengths (mm) and counts of one view."""
    ways = follow(true, found)
    asked = ways.traced & (true.calibre_mm >= LEAST_PARENT_MM)
    length = {
        "traced_mm": asked,
        "way_right_mm": asked & ways.way_right,
        "parent_right_mm": asked & ways.parent_right,
    }
    counts: Counter[str] = Counter()
    if len(found.parents):
        points = cKDTree(found.points)
        for site in true_sites(true):
            said = said_of(site, true, found, points)
            kind = "crossing" if site.crossing else "fork"
            counts[f"{kind} said {said or 'nothing'}"] += 1
    return {
        **{name: float(true.steps[some].sum()) for name, some in length.items()},
        "wrong_joints": sum(
            bool(true.calibre_mm[n] >= LEAST_PARENT_MM) for n in ways.wrong_joints
        ),
        "sites": dict(counts),
    }


def summed(rows: Sequence[Figures]) -> Figures:
    """Return the shares and the F1 of several views together."""
    total = {
        name: sum(row[name] for row in rows)
        for name in ("traced_mm", "way_right_mm", "parent_right_mm", "wrong_joints")
    }
    sites: Counter[str] = Counter()
    for row in rows:
        sites.update(row["sites"])
    hit = sites["crossing said crossing"]
    missed = sum(sites[f"crossing said {s}"] for s in ("fork", "swapped", "apart"))
    false = sites["fork said apart"]
    decided = hit + sites["crossing said swapped"]
    traced = max(total["traced_mm"], 1e-9)
    return {
        "way_right": total["way_right_mm"] / traced,
        "parent_right": total["parent_right_mm"] / traced,
        "traced_mm": total["traced_mm"],
        "wrong_joints": total["wrong_joints"],
        "crossing_f1": 2 * hit / max(2 * hit + missed + false, 1),
        "paired_right": hit / max(decided, 1),
        "sites": dict(sorted(sites.items())),
    }


def lines_of(reading: Reading) -> Lines:
    """Return all traced trees of a view as lines."""
    mm = reading.view.image.grid.pixel_mm
    return joined(
        [np.column_stack([d.rows, d.columns]) * mm for d in reading.ducts],
        [d.tree.parents for d in reading.ducts],
        [d.calibre_mm for d in reading.ducts],
    )


def true_lines(about: dict[str, Any], truth: dict[str, Any], pixel_mm: float) -> Lines:
    """Return the true tree of a view, sampled every 0.2 mm."""
    return resampled(
        Lines(
            points=np.array(about["points"], float) * pixel_mm,
            parents=np.array(truth["tree"]["parents"], np.int64),
            calibre_mm=np.array(about["calibre_mm"], float),
            kept=np.array(about["visible"], bool),
        )
    )


def main() -> None:
    """Read the studies and print what their joints are worth."""
    import galactograph

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="+", type=Path)
    rows = []
    for folder in parser.parse_args().study:
        truth = json.loads((folder / "truth" / "truth.json").read_text("utf-8"))
        for reading in galactograph.read(folder).readings:
            about = worker.truth_of(reading, truth)
            if about is None:
                continue
            true = true_lines(about, truth, reading.view.image.grid.pixel_mm)
            rows.append(score(true, lines_of(reading)))
            print(folder.name, about["view"], json.dumps(summed(rows[-1:])), flush=True)
    print("all", json.dumps(summed(rows), indent=1))


if __name__ == "__main__":
    main()

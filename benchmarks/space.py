"""How far places in three dimensions are off: `python -m benchmarks.space FOLDER ...`.

Each folder is a simulated study with its truth. What is measured, in mm at rest:

- findings: error of `place_3d_mm` of each finding that shows a lesion, by the number of
  views that show it, and its hour;
- pairs: of findings told of two views, how many show one lesion in both, how many show
  two, how many a lesion in one view and nothing in the other, how many none;
- trees: error of each matched and unmatched point of `ducts_3d`, how much of the traced
  length is matched, and how often the truth lies within one and two standard errors.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from benchmarks.worker import truth_of
from galactograph.values.arrays import Floats, Ints
from galactograph.values.clock import hour
from galactograph.values.report import Duct3D, Finding, Place, Report

ON_MM = 0.5
"""A traced point belongs to true duct within this distance in its picture."""

LESION_MM = 3.0
"""A finding belongs to a lesion within this distance, or the lesion's size."""


def study_errors(folder: Path) -> dict[str, Any]:
    """Read one study, and return the errors of its findings and of its trees."""
    import galactograph

    truth = json.loads((folder / "truth" / "truth.json").read_text("utf-8"))
    lobe = np.loadtxt(folder / "truth" / "lobe.swc")[:, 2:5]
    report = galactograph.read(folder)
    return {
        "name": folder.name,
        "findings": finding_errors(report, truth),
        "pairs": pair_errors(report, truth),
        "trees": [tree_errors(tree, report, truth, lobe) for tree in report.ducts_3d],
    }


def finding_errors(report: Report, truth: dict[str, Any]) -> list[dict[str, Any]]:
    """Return errors of the findings that show a lesion."""
    side = 1.0 if truth["laterality"] == "L" else -1.0
    told = []
    for finding in report.findings:
        number = _lesion_of(finding, report, truth)
        if number is None:
            continue
        centre = np.array(truth["lesions"][number]["centre_mm"])
        one: dict[str, Any] = {
            "kind": finding.kind.word,
            "views": len({place.view for place in finding.places}),
            "error_mm": None,
            "hours": None,
        }
        if finding.place_3d_mm is not None and finding.sigma_3d_mm is not None:
            off = np.array(finding.place_3d_mm) - centre
            one["error_mm"] = float(np.linalg.norm(off))
            one["sigmas"] = (np.abs(off) / finding.sigma_3d_mm).tolist()
        at = hour(finding.clock)
        if at is not None:
            true = np.degrees(np.arctan2(side * centre[0], centre[2])) / 30
            one["hours"] = float(abs((at - true + 6) % 12 - 6))
        told.append(one)
    return told


BOTH = 2

PAIRS = ("one lesion", "two lesions", "a lesion and nothing", "nothing")


def pair_errors(report: Report, truth: dict[str, Any]) -> list[str]:
    """Return what each finding of two views shows in both, in words of `PAIRS`."""
    told = []
    for finding in report.findings:
        first = {place.view: place for place in reversed(finding.places)}
        if len(first) != BOTH or finding.kind.word in _WHOLE:
            continue
        one, other = (_nearest(report, place, truth) for place in first.values())
        if one is None or other is None:
            told.append(PAIRS[3] if one is other else PAIRS[2])
        else:
            told.append(PAIRS[0] if one == other else PAIRS[1])
    return told


_WHOLE = ("multiple-filling-defects",)
"""What is said of a whole duct system has many places."""


def _nearest(report: Report, place: Place, truth: dict[str, Any]) -> int | None:
    """Return the lesion at a place of a view; None if none is near."""
    about = truth_of(report.readings[place.view], truth)
    if about is None:
        return None
    mm = about["pixel_spacing_mm"][0]
    away = [
        (mm * float(np.hypot(place.row - s["row"], place.column - s["column"])), s)
        for s in about["lesions"]
    ]
    near = [(off, s["index"]) for off, s in away if off <= max(1.0, 0.7 * s["size_mm"])]
    return int(min(near)[1]) if near else None


def _lesion_of(finding: Finding, report: Report, truth: dict[str, Any]) -> int | None:
    """Return the lesion that a finding shows in every view that shows it."""
    fits: list[set[int]] = []
    for place in finding.places:
        about = truth_of(report.readings[place.view], truth)
        if about is None:
            return None
        mm = about["pixel_spacing_mm"][0]
        fits.append(
            {
                spot["index"]
                for spot in about["lesions"]
                if np.hypot(place.row - spot["row"], place.column - spot["column"]) * mm
                <= max(LESION_MM, spot["size_mm"])
            }
        )
    return min(set.union(*fits), default=None)


def tree_errors(
    tree: Duct3D, report: Report, truth: dict[str, Any], lobe: Floats
) -> dict[str, Any]:
    """Return errors of the points of a lifted tree."""
    node = np.full(len(tree.tree), -1)
    for k, (view, number) in enumerate(tree.ducts):
        reading = report.readings[view]
        about = truth_of(reading, truth)
        open_ = (tree.nodes[:, k] >= 0) & (node < 0)
        if about is None or not open_.any():
            continue
        duct = reading.ducts[number]
        at = np.column_stack([duct.rows, duct.columns])[tree.nodes[open_, k]]
        wide = duct.calibre_mm[tree.nodes[open_, k]]
        node[open_] = _true_nodes(at, wide, about)
    known, matched = node >= 0, tree.matched
    off = tree.tree.points_mm - lobe[np.maximum(node, 0)]
    far = np.linalg.norm(off, axis=1)
    steps = tree.tree.lengths_mm
    inside = np.abs(off) / tree.sigma_mm
    return {
        "views": len(tree.ducts),
        "matched_share": float(steps[matched].sum() / max(steps.sum(), 1e-9)),
        "matched_mm": far[known & matched].tolist(),
        "wide_mm": far[known & matched & (tree.tree.radii_mm > 0.3)].tolist(),
        "unmatched_mm": far[known & ~matched].tolist(),
        "within_1": inside[known].ravel().tolist(),
    }


def _true_nodes(at: Floats, wide: Floats, about: dict[str, Any]) -> Ints:
    """Return the true point at each traced one, the one of its calibre; -1 if none."""
    mm = about["pixel_spacing_mm"][0]
    shown = np.flatnonzero(about["visible"])
    calibre = np.array(about["calibre_mm"])[shown]
    points = np.array(about["points"])[shown] * mm
    near = cKDTree(points).query_ball_point(at * mm, ON_MM)
    found = np.full(len(at), -1)
    for k, some in enumerate(near):
        if some:
            alike = np.abs(np.log(calibre[some] / max(float(wide[k]), 0.05)))
            found[k] = shown[some[int(np.argmin(alike))]]
    return found


def summary(studies: list[dict[str, Any]]) -> str:
    """Return the figures of all studies, one a line."""
    lines = []
    findings = [one for study in studies for one in study["findings"]]
    for views in (1, 2):
        some = [one for one in findings if one["views"] == views]
        errors = [one["error_mm"] for one in some if one["error_mm"] is not None]
        hours = [one["hours"] for one in some if one["hours"] is not None]
        lines.append(
            f"lesions seen in {views} view(s): {len(some)}, placed {len(errors)}"
            + _spread(errors)
            + (f", hour within 1: {np.mean(np.array(hours) <= 1):.2f}" if hours else "")
        )
    pairs = [one for study in studies for one in study["pairs"]]
    counts = ", ".join(f"{word} {pairs.count(word)}" for word in PAIRS)
    lines.append(f"findings of two views: {len(pairs)}: {counts}")
    for views, name in ((2, "two views"), (1, "one view of slices")):
        trees = [t for study in studies for t in study["trees"] if t["views"] == views]
        if not trees:
            continue
        share = np.mean([tree["matched_share"] for tree in trees])
        lines.append(f"trees from {name}: {len(trees)}, matched length {share:.2f}")
        for key in ("matched_mm", "wide_mm", "unmatched_mm"):
            errors = [e for tree in trees for e in tree[key]]
            if errors:
                near = np.mean(np.array(errors) < 4)
                lines.append(f"  {key}{_spread(errors)}, within 4 mm {near:.2f}")
        inside = np.array([e for tree in trees for e in tree["within_1"]])
        one, two = (inside < 1).mean(), (inside < 2).mean()
        lines.append(f"  truth within one sigma {one:.2f}, two {two:.2f}")
    return "\n".join(lines)


def _spread(errors: list[float]) -> str:
    if not errors:
        return ""
    middle, high = np.percentile(errors, [50, 90])
    return f": median {middle:.1f} mm, 90th percentile {high:.1f} mm"


def main() -> None:
    """Print the errors of each study named on the command line, and of all."""
    studies = []
    for name in sys.argv[1:]:
        studies.append(study_errors(Path(name)))
        sys.stdout.write(json.dumps(studies[-1]["findings"]) + f" {name}\n")
    sys.stdout.write(summary(studies) + "\n")


if __name__ == "__main__":
    main()

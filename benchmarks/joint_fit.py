"""Fit what the reasons to walk on from one line to another weigh (`joints.toml`).

    python -m benchmarks.joint_fit STUDY...      studies with truth

For each traced line that lies on true duct, the right arcs are those that lead into it
as the true duct does; for one that lies on none, that no arc does. The weights are
those of a choice among all arcs into a line (and none) that make the right ones most
likely, each line by its length. Prints the table, and the share of right choices when
the weights come from one half of the studies and are tried on the other.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from benchmarks import worker
from benchmarks.joint_lines import Lines
from benchmarks.joints import true_lines
from galactograph.ducts import graph as graphs
from galactograph.ducts import joints
from galactograph.ducts.links import link
from galactograph.ducts.tracing import lines_of
from galactograph.values.arrays import Bools, Floats, Ints
from galactograph.values.report import Reading

BESIDE_MM = 0.4
"""A line lies on a true duct within this distance, or 0.6 radii of a wide one."""
INWARD_MM = 1.0
"""So far from a joint it is asked which duct a line lies on."""
CLUTTER_MM = 0.5
CLUTTER_SHARE = 0.2
"""Clutter lies so far from true duct, but for this share of its points."""
FACED = -1.0
"""What the surprise that an end is not one duct with the one that it faces weighs."""
RIDGE = 2.0
"""Weight of the squares of the weights (of features of unit spread)."""

Place = tuple[list[int], Floats]


@dataclass(frozen=True, kw_only=True, eq=False)
class Choices:
    """N rows (an arc, or none) of M lines: features (N, F + 1), line, right, length."""

    features: Floats
    line: Ints
    right: Bools
    length_mm: Floats


def choices_of(reading: Reading, true: Lines) -> Choices:
    """List the choices of one view, and which are right."""
    view, scene, found = reading.view, reading.scene, reading.duct_map
    mm = view.image.grid.pixel_mm
    lines = lines_of(scene, found, mm)
    linked = link(lines, pixel_mm=mm)
    arcs = joints.arcs_in(lines, linked, scene, mm)
    right = right_arcs(linked, arcs, true, mm)
    return _rows(linked, arcs, right, _clutter(linked, true, mm), mm)


def _rows(
    graph: graphs.Graph, arcs: joints.Arcs, right: Bools, clutter: Bools, mm: float
) -> Choices:
    count, width = len(graph.edges), arcs.features.shape[1]
    edge = arcs.after // 2
    known = np.zeros(count, bool)
    np.logical_or.at(known, edge, right)
    clutter = clutter & ~known
    asked = known | clutter
    some = asked[edge]
    alone = np.flatnonzero(asked & np.isin(np.arange(count), edge))
    features = np.zeros((int(some.sum()) + len(alone), width + 1))
    features[: int(some.sum()), :width] = arcs.features[some]
    features[int(some.sum()) :, width] = 1
    line = np.concatenate([edge[some], alone])
    length = np.array([one.length_px * mm for one in graph.edges])
    return Choices(
        features=features,
        line=line,
        right=np.concatenate([right[some], clutter[alone]]),
        length_mm=np.clip(length[line], 0.1, 8.0),
    )


def _clutter(graph: graphs.Graph, true: Lines, mm: float) -> Bools:
    tree = cKDTree(true.points)
    return np.array(
        [
            edge.seen
            and float((tree.query(edge.points * mm)[0] < CLUTTER_MM).mean())
            < CLUTTER_SHARE
            for edge in graph.edges
        ]
    )


def right_arcs(graph: graphs.Graph, arcs: joints.Arcs, true: Lines, mm: float) -> Bools:
    """Tell which arcs lead on as the true ducts do."""
    places = [_place(edge, k, true, mm) for edge in graph.edges for k in (0, 1)]
    lengths = [edge.length_px * mm for edge in graph.edges]
    good = [
        _may_lead(places[s], places[s ^ 1], lengths[s // 2], true)
        for s in range(len(places))
    ]
    begin = float(true.along[true.kept].min(initial=np.inf))
    right = np.zeros(len(arcs.after), bool)
    for row, (before, after) in enumerate(
        zip(arcs.before.tolist(), arcs.after.tolist(), strict=True)
    ):
        if not good[after] or (before >= 0 and not good[before]):
            continue
        here, at = places[after]
        if before < 0:
            right[row] = any(true.along[t] - begin <= 5.0 for t in here)
        else:
            there, was = places[before ^ 1]
            most = 1.6 * float(np.hypot(*(at - was))) + 1.5
            right[row] = _leads(there, here, most, true)
    # A tree begins only where nothing right leads in.
    roots = arcs.before < 0
    entered = set((arcs.after[right & ~roots] // 2).tolist())
    right &= ~(roots & np.isin(arcs.after // 2, list(entered)))
    return right


def _place(edge: graphs.Edge, at_last: int, true: Lines, mm: float) -> Place:
    """List the true samples that an edge runs along near one of its ends."""
    if not edge.seen:
        return [], edge.points[0] * mm
    points = edge.points[:: -1 if at_last else 1]
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    k = int(np.searchsorted(far, min(INWARD_MM / mm, far[-1] / 2)))
    way = points[min(k + 6, len(points) - 1)] - points[max(k - 6, 0)]
    way = way / max(float(np.hypot(*way)), 1e-9)
    place = points[k] * mm
    reach = max(BESIDE_MM, 0.6 * float(np.median(edge.half_px)) * mm)
    near = np.flatnonzero(np.hypot(*(true.points - place).T) < reach)
    near = near[(np.abs(true.directions[near] @ way) > 0.7) & true.kept[near]]
    return near.tolist(), place


def _may_lead(start: Place, stop: Place, length: float, true: Lines) -> bool:
    """Tell whether the true duct leads from one end of a line to the other."""
    if not start[0] or not stop[0]:
        return bool(start[0])
    if float(np.hypot(*(start[1] - stop[1]))) <= 0.3:
        return True
    return _leads(start[0], stop[0], 1.4 * length + 0.5, true)


def _leads(one: list[int], other: list[int], most: float, true: Lines) -> bool:
    """Tell whether a sample of `other` lies outward of one of `one`, no farther."""
    above = set(one)
    return any(not above.isdisjoint(true.way(node, most)[1:]) for node in other)


def fit(choices: list[Choices]) -> Floats:
    """Return the weights (F + 1,) that make the right choices most likely.

    That of `faced` is given: chances of the same ends are no further reason.
    """
    x, line, right, weight = _together(choices)
    given = joints.FEATURES.index("faced")
    offset = FACED * x[:, given]
    x = x.copy()
    x[:, given] = 0
    count = int(line.max()) + 1
    spread = x.std(axis=0)
    spread[spread < 1e-9] = 1
    z = x / spread
    share = np.zeros(count)
    share[line] = weight
    share /= share.mean()

    def loss(beta: Floats) -> tuple[float, Floats]:
        score = z @ beta + offset
        every = _log_sum(score, line, count)
        true = _log_sum(np.where(right, score, -1e30), line, count)
        chance = np.exp(score - every[line])
        wanted = np.where(right, np.exp(score - true[line]), 0)
        slope = z.T @ (share[line] * (chance - wanted)) + 2 * RIDGE * beta
        return float((share * (every - true)).sum() + RIDGE * (beta @ beta)), slope

    start = np.zeros(x.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B")
    weights: Floats = found.x / spread
    weights[given] = FACED
    return weights


def right_share(choices: list[Choices], weights: Floats) -> float:
    """Return the share of lines whose likeliest choice is right, by length."""
    x, line, right, weight = _together(choices)
    score = x @ weights
    best = np.full(int(line.max()) + 1, -np.inf)
    np.maximum.at(best, line, score)
    top = score >= best[line]
    return float(weight[top & right].sum() / weight[top].sum())


def _together(choices: list[Choices]) -> tuple[Floats, Ints, Bools, Floats]:
    shifts = np.cumsum([0, *(int(some.line.max()) + 1 for some in choices)])
    line = np.concatenate([s.line + k for s, k in zip(choices, shifts, strict=False)])
    _, line = np.unique(line, return_inverse=True)
    return (
        np.concatenate([some.features for some in choices]),
        line,
        np.concatenate([some.right for some in choices]),
        np.concatenate([some.length_mm for some in choices]),
    )


def _log_sum(score: Floats, line: Ints, count: int) -> Floats:
    """Return the logarithm of the summed exponentials of each line."""
    most = np.full(count, -1e30)
    np.maximum.at(most, line, score)
    total = np.bincount(line, np.exp(score - most[line]), count)
    summed: Floats = most + np.log(np.maximum(total, 1e-300))
    return summed


def main() -> None:
    """Read the studies, fit, and print the table."""
    import galactograph

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="+", type=Path)
    halves: tuple[list[Choices], list[Choices]] = ([], [])
    for number, folder in enumerate(parser.parse_args().study):
        truth = json.loads((folder / "truth" / "truth.json").read_text("utf-8"))
        for reading in galactograph.read(folder).readings:
            about = worker.truth_of(reading, truth)
            if about is not None:
                true = true_lines(about, truth, reading.view.image.grid.pixel_mm)
                halves[number % 2].append(choices_of(reading, true))
    for one, other in (halves, halves[::-1]):
        if one and other:
            print(f"# right on the other half: {right_share(other, fit(one)):.3f}")
    for name, value in zip(
        (*joints.FEATURES, "none"), fit([*halves[0], *halves[1]]), strict=True
    ):
        print(f"{name} = {value:.4f}")


if __name__ == "__main__":
    main()

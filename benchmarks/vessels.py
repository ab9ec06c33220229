"""Real vessel trees as an analogue: expert masks, labelled crossings, an angiogram."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from skimage.morphology import skeletonize

import galactograph
from benchmarks import scoring
from galactograph.ducts import crossings, masks

ARM_POINTS = 30
"""Points of an arm whose label is asked for."""

Masks = NDArray[np.bool_]
Figures = dict[str, Any]


def traced_masks(paths: list[Path]) -> Iterator[Figures]:
    """Yield how much of an expert's centrelines the tracer keeps, given the mask."""
    for path in paths:
        mask = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) > 127
        traces = masks.trace_mask(mask, pixel_mm=0.01)
        # The unit does not matter here: samples 0.1 "mm" apart at 0.5 "mm" a pixel.
        lines = scoring.join(
            scoring.course(t.points, t.parents, 2 * t.half_px, pixel_mm=0.5)
            for t in traces
        ).points
        expert = np.argwhere(skeletonize(mask)).astype(float)
        yield {
            "picture": path.name,
            "trees": len(traces),
            "expert_px": len(expert),
            "kept": float((cKDTree(lines).query(expert)[0] <= 2).mean()),
            "right": float((cKDTree(expert).query(lines)[0] <= 2).mean()),
        }


def labelled(path: Path) -> tuple[Masks, Masks, Masks]:
    """Return all vessels, arteries and veins of a label map."""
    colours = np.asarray(cv2.imread(str(path)))[..., ::-1] > 128
    red, green, blue = (colours[..., k] for k in range(3))
    every = (red | green | blue).astype(np.uint8)
    closed = cv2.morphologyEx(every, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0
    return closed, red & ~green & ~blue, blue & ~red & ~green


def paired(paths: list[Path]) -> Iterator[Figures]:
    """Yield how many four-armed sites of two arteries and two veins are paired right.

    `split` of them are clear to the tracer, `split_wrong` of these are wrong;
    `same_split` sites of four arteries or four veins are taken for crossings, which
    for one kind of vessel is rare.
    """
    for path in paths:
        every, arteries, veins = labelled(path)
        graph = masks.mask_graph(every)
        counts = dict.fromkeys(
            ("sites", "right", "split", "split_wrong", "same", "same_split"), 0
        )
        for site in crossings.find_sites(graph):
            kinds = [
                _arm_kind(graph.edges[a.edge].points, a.at_last, arteries, veins)
                for a in site.arms
            ]
            pairing = crossings.pair(site)
            clear = crossings.is_clear(pairing)
            if sorted(kinds) == [-1, -1, 1, 1]:
                right = all(kinds[i] == kinds[j] for i, j in pairing.pairs)
                counts["sites"] += 1
                counts["right"] += right
                counts["split"] += clear
                counts["split_wrong"] += clear and not right
            elif abs(sum(kinds)) == 4:
                counts["same"] += 1
                counts["same_split"] += clear
        yield {"picture": path.name, **counts}


def _arm_kind(
    points: NDArray[np.floating[Any]],
    at_last: bool,  # noqa: FBT001
    arteries: Masks,
    veins: Masks,
) -> int:
    """Return 1 for an artery, -1 for a vein, 0 if unsure."""
    near = (points[::-1] if at_last else points)[:ARM_POINTS]
    rows, columns = np.rint(near).astype(int).T
    return int(
        np.sign(int(arteries[rows, columns].sum()) - int(veins[rows, columns].sum()))
    )


def refused(paths: list[Path]) -> Iterator[Figures]:
    """Yield what is said of an angiogram, and what is traced when forced."""
    for path in paths:
        try:
            galactograph.read(path)
            said = ""
        except galactograph.Unreadable as trouble:
            said = str(trouble)
        reading = galactograph.read(path, force=True).readings[0]
        yield {
            "picture": path.name,
            "refused": bool(said),
            "said": said,
            "forced_adequacy": reading.adequacy.status.value,
            "forced_trees": len(reading.ducts),
            "forced_branches": sum(len(d.tree.branches) for d in reading.ducts),
            "forced_points": sum(len(d.tree) for d in reading.ducts),
        }

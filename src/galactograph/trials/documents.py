"""Readings and truths as they lie in files, made into what measures compare.

A reading is JSON of the contract `galactograph/reading/1`, by whatever reader; a truth
is `truth.json` beside a simulated study (`galactograph/truth/1`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from galactograph.errors import Unreadable
from galactograph.trials.findings import Mark, Spot, Target
from galactograph.trials.forest import Forest, nothing
from galactograph.trials.samples import alone, sample

READING, TRUTH = "galactograph/reading/1", "galactograph/truth/1"

JOIN_MM = 2.0
"""A branch starts at the nearest point of its parent if that is as near, else at its
end (assumed)."""

SAME_PX = 0.5
"""Branches without a parent that start this near to each other are of one tree."""

SHOWN_MM = 1.0
"""A lesion shows where filled duct comes within its size and this (assumed)."""

SPACE = ("lateral", "behind", "cranial")
"""How a reading names the directions of a place in the breast at rest."""

Document = Mapping[str, Any]


def load(path: Path, schema: str) -> Document:
    """Load a document, and check that it is one.

    Raises
    ------
    Unreadable
        If it is not there, no JSON, or of another schema.
    """
    try:
        found: Document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    except ValueError:
        raise Unreadable(f"{path} is not JSON") from None
    said = found.get("schema") if isinstance(found, dict) else None
    if said != schema:
        raise Unreadable(f"{path} must say schema {schema}, it says {said}")
    return found


def load_truth(study: Path) -> dict[str, Any]:
    """Load the truth of a simulated study: its folder, or its truth.json.

    Points of the injected tree in the breast are added from lobe.swc, if that lies
    beside it.
    """
    path = study / "truth" / "truth.json" if study.is_dir() else study
    truth = dict(load(path, TRUTH))
    lobe = path.with_name("lobe.swc")
    if lobe.is_file():
        points = np.loadtxt(lobe, usecols=(2, 3, 4), ndmin=2)
        truth["tree"] = {**truth["tree"], "points_mm": points.tolist()}
    return truth


def name_of(source: str) -> str:
    """Return the name by which a view is known, from the name of its file.

    Examples
    --------
    >>> name_of("series/2-cc-filled-presentation.dcm")
    '2-cc-filled'
    """
    last = PurePosixPath(source.replace("\\", "/")).name.removesuffix(".dcm")
    return last.removesuffix("-presentation").removesuffix("-synthetic")


def pixel_mm(view: Document) -> float:
    """Return the size of a pixel of a view, in the object plane."""
    down, across = view["pixel_spacing_mm"]
    return float(np.sqrt(down * across))


def whole_tree(view: Document, truth: Document) -> Forest:
    """Return the true injected tree in a view, filled or not."""
    return Forest(
        points=np.array(view["points"], float).reshape(-1, 2),
        parents=np.array(truth["tree"]["parents"]),
        calibre_mm=np.array(view["calibre_mm"]),
        pixel_mm=pixel_mm(view),
    )


def true_ducts(view: Document, truth: Document) -> Forest:
    """Return the true ducts that a view shows: filled, and inside the picture."""
    return whole_tree(view, truth).part(np.array(view["visible"], bool))


def read_ducts(view: Document, pixel: float) -> Forest:
    """Return the ducts that were read in a view, as one forest.

    Parameters
    ----------
    pixel
        Size of a pixel, mm: that of the truth, for calibres told in pixels.
    """
    points: list[list[float]] = []
    parents: list[int] = []
    calibres: list[float] = []
    nodes: dict[int, list[int]] = {}
    starts: list[int] = []
    for branch in _in_order(view["ducts"]["branches"]):
        line = [point[-2:] for point in branch["points"]]
        wide = branch["calibre_mm"] or [
            value * pixel for value in branch.get("calibre_px", [0.0] * len(line))
        ]
        home = nodes.get(branch["parent"], starts)
        joined = _nearest(line[0], home, points)
        far = JOIN_MM / pixel if home is not starts else SAME_PX
        mine: list[int] = []
        if joined is not None and joined[1] <= far:
            mine = [joined[0]]
        elif home is not starts:
            mine = [home[-1]]
        fresh = 1 if joined is not None and joined[1] <= SAME_PX and mine else 0
        for point, calibre in zip(line[fresh:], wide[fresh:], strict=True):
            parents.append(mine[-1] if mine else -1)
            mine.append(len(points))
            points.append(point)
            calibres.append(calibre)
        nodes[branch["id"]] = mine
        if home is starts:
            starts.append(mine[0])
    if not points:
        return nothing(pixel)
    return Forest(
        points=np.array(points),
        parents=np.array(parents),
        calibre_mm=np.array(calibres),
        pixel_mm=pixel,
    )


def _in_order(branches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return branches with every parent before its children."""
    known = {branch["id"] for branch in branches}
    done: set[int] = set()
    order, waiting = [], list(branches)
    while waiting:
        ready = [b for b in waiting if b["parent"] not in known - done]
        if not ready:
            raise Unreadable("the branches of a view are parents of each other")
        order += ready
        done |= {b["id"] for b in ready}
        waiting = [b for b in waiting if b["id"] not in done]
    return order


def _nearest(
    point: list[float], nodes: list[int], points: list[list[float]]
) -> tuple[int, float] | None:
    if not nodes:
        return None
    away = np.hypot(*(np.array([points[n] for n in nodes]) - point).T)
    best = int(np.argmin(away))
    return nodes[best], float(away[best])


def targets(truth: Document) -> tuple[Target, ...]:
    """Return the true lesions, with their place in each view that shows them."""
    spots: list[dict[str, Spot]] = [{} for _ in truth["lesions"]]
    along: list[dict[str, float]] = [{} for _ in truth["lesions"]]
    lonely: list[list[bool]] = [[] for _ in truth["lesions"]]
    for view in truth["views"]:
        mm = pixel_mm(view)
        filled = sample(true_ducts(view, truth))
        reach = whole_tree(view, truth).from_root_mm
        if not len(filled) or view.get("role") == "scout":
            continue
        ducts = cKDTree(filled.points)
        for spot in view["lesions"]:
            index = spot["index"]
            lesion = truth["lesions"][index]
            away, nearest = ducts.query([spot["row"], spot["column"]])
            if away * mm > lesion["size_mm"] + SHOWN_MM:
                continue
            spots[index][view["source"]] = (spot["row"] * mm, spot["column"] * mm)
            along[index][view["source"]] = float(reach[lesion["node"]])
            lonely[index].append(bool(alone(filled, np.array([nearest]), mm)[0]))
    return tuple(
        Target(
            kind=lesion["kind"],
            cause=lesion["cause"],
            size_mm=lesion["size_mm"],
            spots=spots[k],
            along_mm=along[k],
            reach_mm=float(lesion.get("details", {}).get("reach_mm", 0.0)),
            overlapped=bool(lonely[k]) and not any(lonely[k]),
            hour=_hour(lesion, truth),
            centre_mm=tuple(lesion["centre_mm"]) if "centre_mm" in lesion else None,
        )
        for k, lesion in enumerate(truth["lesions"])
    )


def _hour(lesion: Document, truth: Document) -> float | None:
    """Return where a lesion lies on the clock: her left is at 3, facing her."""
    if "centre_mm" not in lesion:
        return None
    lateral, _, up = lesion["centre_mm"]
    left = lateral if truth["laterality"] == "L" else -lateral
    return float(np.degrees(np.arctan2(left, up)) / 30 % 12)


def _told_hour(clock: str | None) -> float | None:
    """Return the hour of words such as "10:30"; None of none."""
    if clock is None:
        return None
    hour, _, minute = clock.partition(":")
    return int(hour) % 12 + int(minute or 0) / 60


def marks(reading: Document, truth: Document) -> tuple[Mark, ...]:
    """Return the findings, with their places in mm in each view of the truth."""
    sizes = {view["source"]: pixel_mm(view) for view in truth["views"]}
    names = [name_of(view["source"]) for view in reading["views"]]
    listed = []
    for finding in reading["findings"]:
        spots: dict[str, list[Spot]] = {}
        for seen in finding["seen_in"]:
            name = names[seen["view"]]
            mm = sizes.get(name)
            if mm is not None:
                at = (seen["row"] * mm, seen["column"] * mm)
                spots.setdefault(name, []).append(at)
        place = finding.get("place_3d_mm")
        listed.append(
            Mark(
                kind=finding["kind"],
                confidence=finding["confidence"],
                spots=spots,
                along_mm=finding.get("along_duct_from_nipple_mm"),
                causes={c["name"]: c["probability"] for c in finding["causes"]},
                hour=_told_hour(finding.get("clock")),
                length_mm=finding.get("length_mm"),
                place_mm=None if place is None else tuple(place[k] for k in SPACE),
            )
        )
    return tuple(listed)

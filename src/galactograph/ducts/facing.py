"""Ends that face each other across a line: how sure it is that they are one duct.

Which ends do is found by `joint_faces`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from galactograph.ducts.graph import Graph
from galactograph.values.arrays import Bools, Floats, Ints

FEATURES = (
    "bend",
    "turn",
    "offset",
    "gap_widths",
    "gap_mm",
    "wider",
    "free",
    "calibre",
    "brightness",
    "rival",
)
"""What is weighed, in the order of the columns; what each is: see `joints.toml`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Faces:
    """K pairs of ends: 2 e + (1 at its last point), and features (K, F)."""

    ends: Ints
    features: Floats


@cache
def weights() -> tuple[Floats, float]:
    """Return the fitted weight of each feature (F,), and the constant."""
    text = files("galactograph.ducts").joinpath("joints.toml").read_text("utf-8")
    table = tomllib.loads(text)["facing"]
    return np.array([float(table[name]) for name in FEATURES]), float(table["one"])


def odds_of(faces: Faces) -> Floats:
    """Return the logarithm of the odds that two ends are one duct, (K,)."""
    weight, one = weights()
    odds: Floats = faces.features @ weight + one
    return odds


def nobody() -> Faces:
    """Return no pairs."""
    return Faces(ends=np.zeros((0, 2), np.int64), features=np.zeros((0, len(FEATURES))))


def moved(faces: Faces, lines: Graph, linked: Graph) -> Faces:
    """Return the same pairs in a graph whose lines were cut where links meet them."""
    first, last, at = [], [], 0
    for edge in lines.edges:
        first.append(at)
        steps = len(edge.points) - 1
        while steps > 0:
            steps -= len(linked.edges[at].points) - 1
            at += 1
        last.append(at - 1)
    place = np.stack([2 * np.array(first), 2 * np.array(last) + 1], axis=1).reshape(-1)
    return Faces(ends=place[faces.ends], features=faces.features)


def faced(faces: Faces, pairs: Ints, through: Bools, roots: Ints) -> dict[str, Floats]:
    """Tell of every way from an end to an end how much facing ends are against it.

    Parameters
    ----------
    faces
    pairs : (J, 2)
        Ends that a way joins.
    through : (J + R,)
        Which ways lead from an end to the one that it faces: the last of `pairs`, in
        the order of `faces`, one way and then the other.
    roots : (R,)
        Ends at which trees may begin.

    Returns
    -------
    dict
        `unlike` and `faced`, (J + R,): minus the logarithm of the chance that both ends
        are one duct, and that neither end is one duct with the end that it faces.
    """
    odds = odds_of(faces)
    one, other = faces.ends.T
    size = int(max(pairs.max(initial=0), roots.max(initial=0))) + 1
    best, partner = np.full(size, -np.inf), np.full(size, -1)
    for k in np.argsort(odds, kind="stable").tolist():
        best[[one[k], other[k]]] = odds[k]
        partner[one[k]], partner[other[k]] = other[k], one[k]
    against = np.logaddexp(0.0, best)
    start, stop = pairs.T
    away = against[start] + against[stop]
    away[(partner[start] == stop) & (partner[stop] == start)] = 0
    away = np.concatenate([away, against[roots]])
    unlike = np.zeros(len(away))
    unlike[through] = np.tile(np.logaddexp(0.0, -odds), 2)
    return {"unlike": unlike, "faced": np.where(through, 0, away)}

"""Where ducts of different lobes run into one another: nature has hardly any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from galactograph.kernels import gaps
from galactograph.values.arrays import Ints
from galactograph.values.tree import DuctTree

REACH_MM = 3.0
"""Pieces whose middles are further apart than this cannot touch: a piece is 0.4 mm
long and at most a few millimetres wide."""


def crossings(trees: Sequence[DuctTree], beyond_mm: float = -np.inf) -> Ints:
    """Return where lumens of different trees overlap.

    Parameters
    ----------
    trees
        Of one breast, in the breast frame.
    beyond_mm
        Only what lies deeper than this behind the nipple's base.

    Returns
    -------
    (P, 4)
        Tree, point, other tree and other point of each pair of pieces; a piece ends
        at its point and starts at the point's parent.
    """
    owner = np.concatenate([np.full(len(t) - 1, k) for k, t in enumerate(trees)])
    node = np.concatenate([np.arange(1, len(t)) for t in trees])
    starts = np.concatenate([t.points_mm[t.parents[1:]] for t in trees])
    ends = np.concatenate([t.points_mm[1:] for t in trees])
    radii = np.concatenate([t.radii_mm[1:] for t in trees])
    deep = np.flatnonzero(np.maximum(starts[:, 1], ends[:, 1]) > beyond_mm)
    if len(deep) < 2:
        return np.zeros((0, 4), np.int64)
    middles = (starts[deep] + ends[deep]) / 2
    pairs = deep[cKDTree(middles).query_pairs(REACH_MM, output_type="ndarray")]
    pairs = pairs[owner[pairs[:, 0]] != owner[pairs[:, 1]]].reshape(-1, 2)
    touch = gaps.touching(starts, ends, radii, pairs)
    i, j = pairs[touch].T
    return np.column_stack([owner[i], node[i], owner[j], node[j]])

"""Grow the trees that weigh signs of missing contrast beside the logistic regression.

On places of simulated studies alone the sum of signs knows painted ducts badly, and the
other way round; the mean of both log odds knows either better than one of them does
(measured), which is what counts for pictures by yet other hands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from galactograph.finders._trees import DEPTH, Forest
from galactograph.values.arrays import Floats

TREES, RATE = 300, 0.08
LEAST_IN_LEAF, HELD = 40, 20.0
"""Of 80 to 300 trees, rates of 0.06 to 0.15, and leaves of 15 and 40 places these had
the least loss on the half held out, but all were within a tenth (measured)."""


def grow(
    signs: Sequence[Mapping[str, float]],
    real: Floats,
    worth: Floats,
    ways: Mapping[str, int],
) -> Forest:
    """Return trees fitted to N places.

    Parameters
    ----------
    signs
        By name; every place has the same.
    real, worth
        (N,) 1 for what is real and 0 for what is not, and how much each counts.
    ways
        1 for signs that may only speak for a body, -1 for those only against.
    """
    names = tuple(signs[0])
    places = np.array([[one[name] for name in names] for one in signs])
    model = HistGradientBoostingClassifier(
        max_depth=DEPTH,
        max_iter=TREES,
        learning_rate=RATE,
        l2_regularization=HELD,
        min_samples_leaf=LEAST_IN_LEAF,
        monotonic_cst=[ways.get(name, 0) for name in names],
        early_stopping=False,
        random_state=0,
    ).fit(places, real > 0, sample_weight=worth)
    # The library has no public way to its trees.
    grown = [each[0].nodes for each in model._predictors]  # noqa: SLF001
    whole = [_whole(nodes) for nodes in grown]
    sign, bound, leaf = (np.array(part) for part in zip(*whole, strict=True))
    return Forest(
        names=names,
        sign=sign,
        bound=bound,
        leaf=leaf,
        start=float(np.ravel(model._baseline_prediction)[0]),  # noqa: SLF001
    )


def _whole(nodes: Any) -> tuple[list[int], list[float], list[float]]:  # noqa: ANN401
    """Return a tree with all its questions; one that stops early asks in vain."""
    count = 2**DEPTH - 1
    sign, bound, leaf = [0] * count, [0.0] * count, [0.0] * (count + 1)

    def fill(place: int, number: int) -> None:
        node = nodes[number]
        if place >= count:
            leaf[place - count] = float(node["value"])
            return
        after = (number, number)
        if not node["is_leaf"]:
            sign[place] = int(node["feature_idx"])
            bound[place] = float(node["num_threshold"])
            after = (int(node["left"]), int(node["right"]))
        fill(2 * place + 1, after[0])
        fill(2 * place + 2, after[1])

    fill(0, 0)
    return sign, bound, leaf

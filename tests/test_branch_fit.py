"""The weights of branches are fitted so that what is right becomes likely."""

import numpy as np
from benchmarks.branch_fit import Branches, fit, surprise

from galactograph.ducts.branches import FEATURES
from galactograph.seeds import stream


def drawn(weights: list[float], count: int, name: str) -> Branches:
    """Draw branches that are right by the odds that `weights` give."""
    rng = stream(5, name)
    features = rng.normal(size=(count, len(FEATURES)))
    odds = features @ weights[:-1] + weights[-1]
    return Branches(
        features=features,
        right=(rng.random(count) < 1 / (1 + np.exp(-odds))).astype(float),
        length_mm=rng.uniform(0.5, 12, count),
    )


TRUE = [1.5, -1.0, 0.5, 0.0, 0.0, -0.5, 0.0, 2.0, 0.0, 0.7]


def test_the_weights_that_branches_were_drawn_by_are_found_again() -> None:
    found = fit([drawn(TRUE, 4000, "one"), drawn(TRUE, 4000, "other")])
    np.testing.assert_allclose(found, TRUE, atol=0.15)


def test_fitted_weights_surprise_less_than_none_on_branches_not_seen() -> None:
    found = fit([drawn(TRUE, 3000, "one")])
    new = [drawn(TRUE, 3000, "new")]
    assert surprise(new, found) < 0.8 * surprise(new, np.zeros(len(TRUE)))

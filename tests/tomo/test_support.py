"""Where a sweep says that there is no breast."""

import numpy as np
import pytest

from galactograph.tomo.support import carve, support
from tomo.scenes import operator, shadows, sweep


@pytest.mark.parametrize("arc", [15.0, 50.0])
def test_a_ball_is_carved_out_of_the_air_around_it(arc: float) -> None:
    seen = sweep(views=9, arc_deg=arc, rows=400, columns=200)
    a = operator(seen, slices=20)
    middle, radius = np.array([[16.0, 2.0, 30.0]]), 8.0
    inside = support(shadows(seen, middle, middle, radius), a)
    volume = np.ones(a.shape, np.float32)
    carve(volume, inside)
    grid = a.grid
    place = [
        grid.origin_mm[axis] + grid.pixel_mm * np.arange(grid.shape[2 - axis])
        for axis in (0, 1)
    ]
    for k, z in enumerate(a.heights_mm):
        away = np.hypot(place[0][None] - 16.0, place[1][:, None] - 2.0)
        half = np.sqrt(max(radius**2 - (z - 30.0) ** 2, 0.0))
        assert volume[k][away < half - 1.0].min(initial=1.0) == 1.0
        # An arc sees the ball's rim from both sides only so far up and down.
        assert volume[k][away > radius + 1.5].max() == 0.0
    flat = [int((plane > 0.5).sum()) for plane in volume]
    assert flat[0] < flat[10] > flat[-1]


def test_air_alone_leaves_nothing() -> None:
    a = operator(sweep(views=3, rows=80, columns=60), slices=4)
    volume = np.ones(a.shape, np.float32)
    carve(volume, support(np.zeros((3, 80, 60), np.float32), a))
    assert volume.max() == 0


def test_a_breast_that_fills_the_panel_is_kept() -> None:
    a = operator(sweep(views=3, rows=80, columns=60), slices=4)
    volume = np.ones(a.shape, np.float32)
    carve(volume, support(np.ones((3, 80, 60), np.float32), a))
    assert volume.min() == 1

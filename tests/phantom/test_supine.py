"""The breast of a woman who lies on her back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.errors import InvalidValue
from galactograph.phantom.anatomy import Anatomy, draw
from galactograph.phantom.breast import grow
from galactograph.phantom.outline import Compression
from galactograph.phantom.supine import Supine
from galactograph.seeds import stream
from galactograph.values.codes import Laterality
from galactograph.values.procedure import ViewPosition

few = settings(deadline=None, max_examples=40)
spots = st.tuples(st.floats(-60, 60), st.floats(0.5, 80), st.floats(-60, 60))
maps = st.builds(
    Supine,
    depth_mm=st.floats(40, 110),
    flattening=st.floats(0.3, 1),
    fall_deg=st.floats(0, 40),
)


@few
@given(maps, spots)
def test_lying_down_keeps_every_small_volume(
    supine: Supine, spot: tuple[float, ...]
) -> None:
    step = 1e-3
    corners = np.array(spot) + step * np.vstack([np.zeros(3), np.eye(3)])
    laid = supine.lay(corners)
    volume = np.linalg.det(laid[1:] - laid[0]) / step**3
    assert volume == pytest.approx(1, abs=1e-6)


@few
@given(maps, st.lists(spots, min_size=1, max_size=5))
def test_getting_up_undoes_lying_down(
    supine: Supine, points: list[tuple[float, ...]]
) -> None:
    rest = np.array(points)
    np.testing.assert_allclose(supine.stand(supine.lay(rest)), rest, atol=1e-9)


def test_the_nipple_keeps_its_length_and_falls_to_the_side() -> None:
    supine = Supine(depth_mm=80.0)
    base, tip = supine.lay(np.array([[0.0, 0, 0], [0.0, -9, 0]]))
    np.testing.assert_allclose(tip - base, [0, -9, 0])
    assert base[0] > 0


def test_one_tree_is_flatter_and_wider_lying_than_under_compression() -> None:
    rng = stream(5, "anatomy")
    build = draw(Anatomy(lesion="normal", branches=60, lobes=5), rng=rng)
    breast = grow(build, Laterality.LEFT, rng=rng)
    points = breast.tree.points_mm
    lying = Supine.of(breast).lay(points)
    pressed = Compression.of(breast, ViewPosition.CC, breast.thickness_mm)
    assert np.ptp(lying[:, 1]) < np.ptp(points[:, 1])
    assert np.ptp(lying[:, 2]) > np.ptp(pressed.squeeze(points)[:, 2])
    assert np.ptp(lying[:, 1]) < np.ptp(pressed.squeeze(points)[:, 0])


def test_what_cannot_be_is_refused_in_one_sentence() -> None:
    with pytest.raises(InvalidValue, match="flattening must be in"):
        Supine(depth_mm=80, flattening=0)
    with pytest.raises(InvalidValue, match="fall_deg must be in"):
        Supine(depth_mm=80, fall_deg=90)
    with pytest.raises(InvalidValue, match="depth_mm must be"):
        Supine(depth_mm=0)

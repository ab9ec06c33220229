"""The shape of the breast, and the map from rest to a view."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.phantom.outline import Compression, rest_scale
from galactograph.values.codes import Laterality
from galactograph.values.procedure import ViewPosition
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Breast

few = settings(deadline=None, max_examples=20)
thick = st.floats(30, 80)
wide = st.floats(55, 110)


def breast(radius: float, depth: float, thickness: float, flank: float = 2.0) -> Breast:
    """Return an empty breast of a given build."""
    scale = rest_scale(radius, depth, thickness)
    return Breast(
        laterality=Laterality.LEFT,
        thickness_mm=thickness,
        lobes=(
            DuctTree(
                points_mm=np.zeros((1, 3)), parents=np.array([-1]), radii_mm=np.ones(1)
            ),
        ),
        radius_mm=radius,
        depth_mm=depth,
        rest_mm=(scale * radius, scale * depth),
        flank=flank,
    )


@few
@given(wide, wide, thick, st.sampled_from(list(ViewPosition)))
def test_small_volumes_are_conserved_under_an_elliptical_outline(
    radius: float, depth: float, thickness: float, position: ViewPosition
) -> None:
    map_ = Compression.of(breast(radius, depth, thickness), position, thickness)
    a, d = map_.rest_radius_mm, map_.rest_depth_mm
    at = np.array([[0.3 * a, 0.4 * d, 0.2 * a], [-0.4 * a, 0.7 * d, 0.1 * a]])
    h = 0.01
    jacobian = np.stack(
        [
            (map_.squeeze(at + h * e) - map_.squeeze(at - h * e)) / (2 * h)
            for e in np.eye(3)
        ],
        axis=-1,
    )
    np.testing.assert_allclose(abs(np.linalg.det(jacobian)), 1, atol=0.02)


@few
@given(wide, wide, thick, st.floats(1.5, 2.0))
def test_what_is_inside_stays_inside(
    radius: float, depth: float, thickness: float, flank: float
) -> None:
    map_ = Compression.of(
        breast(radius, depth, thickness, flank), ViewPosition.CC, thickness
    )
    rng = np.random.default_rng(1)
    v = rng.normal(size=(400, 3))
    v /= np.linalg.norm(v, axis=1, keepdims=True) / rng.uniform(0, 0.98, (400, 1))
    a, d = map_.rest_radius_mm, map_.rest_depth_mm
    points = np.column_stack([a * v[:, 0], d - d * abs(v[:, 1]), a * v[:, 2]])
    x, y, z = map_.squeeze(points).T
    s = map_.normalised(x, y)
    assert s.max() < 1
    assert (abs(z - thickness / 2) <= map_.height_mm(s) + 1e-6).all()


def test_relaxing_undoes_squeezing() -> None:
    map_ = Compression.of(breast(80, 90, 50, 1.7), ViewPosition.ML, 53)
    for share in (-0.8, 0.0, 0.5):
        x, y = np.array([20.0, 50.0, 70.0]), np.array([-30.0, 10.0, 5.0])
        back = map_.squeeze(map_.relax(x, y, share))
        np.testing.assert_allclose(back[:, :2], np.column_stack([x, y]), atol=0.3)
        height = map_.height_mm(map_.normalised(x, y))
        np.testing.assert_allclose(back[:, 2], 53 / 2 + share * height, atol=0.4)


@pytest.mark.parametrize("position", list(ViewPosition))
def test_the_nipple_is_the_same_point_in_every_view(position: ViewPosition) -> None:
    map_ = Compression.of(breast(80, 90, 50, 1.7), position, 50)
    base, tip = map_.squeeze(np.array([[0.0, 0.0, 0.0], [0.0, -6.0, 0.0]]))
    np.testing.assert_allclose(base, [map_.depth_mm, 0, 25], atol=1e-6)
    # The nipple is stiff: it keeps its length.
    np.testing.assert_allclose(tip, [map_.depth_mm + 6, 0, 25], atol=1e-6)


def test_views_see_the_axes_that_they_should() -> None:
    lateral, cranial = np.array([[20.0, 30.0, 0.0]]), np.array([[0.0, 30.0, 20.0]])
    cc = Compression.of(breast(80, 90, 50), ViewPosition.CC, 50)
    ml = Compression.of(breast(80, 90, 50), ViewPosition.ML, 50)
    # Rows run down: what is lateral in CC, or cranial in ML, lies above.
    assert cc.squeeze(lateral)[0, 1] < -10
    assert ml.squeeze(cranial)[0, 1] < -10
    assert cc.squeeze(cranial)[0, 2] > 25
    assert abs(ml.squeeze(lateral)[0, 1]) < 1e-9

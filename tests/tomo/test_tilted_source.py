"""A source on its arc, and a panel that follows it, cast shadows where they must."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats
from galactograph.values.codes import Laterality
from galactograph.values.procedure import Exposure, ViewPosition
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Balls, Clouds, Slab
from galactograph.xray.panel import Panel
from galactograph.xray.projection import (
    cloud_path,
    obliquity,
    smeared,
    speck_path,
    spread,
)

few = settings(deadline=None, max_examples=25)
TALL, WIDE, PITCH = 500, 260, 0.2
POINT = st.tuples(st.floats(4, 40), st.floats(-25, 25), st.floats(2, 48))


def slab(side: Laterality = Laterality.LEFT) -> Slab:
    """Return a plain slab of 50 mm: fat, with one disc of gland."""
    shape = (120, 80)
    y, x = np.mgrid[:120, :80] - np.array([60, 30])[:, None, None]
    return Slab(
        position=ViewPosition.CC,
        laterality=side,
        thickness_mm=50.0,
        corner_mm=(0.0, -60.0),
        pitch_mm=1.0,
        adipose_mm=np.full(shape, 50.0, np.float32),
        gland_mm=np.float32(10) * np.exp(-(x**2 + y**2) / np.float32(18)),
        skin_mm=np.zeros(shape, np.float32),
        tree=DuctTree(
            points_mm=np.zeros((1, 3)), parents=np.array([-1]), radii_mm=np.ones(1)
        ),
        nipple_mm=np.array([40.0, 0.0, 25.0]),
    )


def panel(angle: float, pivot: float = 40.0, tilt: float = 0.0) -> Panel:
    """Place a small panel under that slab, the tube tilted."""
    shot = Exposure(
        rows=TALL,
        columns=WIDE,
        pixel_mm=PITCH,
        angle_deg=angle,
        pivot_mm=pivot,
        panel_deg=tilt,
    )
    return Panel.of(slab(), shot)


def shadow(at: Panel, point: Floats) -> Floats:
    """Return (row, column) by geometry in the room's own upright frame."""
    e = at.exposure
    a, b = np.deg2rad(e.angle_deg), np.deg2rad(e.panel_deg)
    arm = e.source_to_detector_mm - e.pivot_mm
    source = np.array([0.0, arm * np.sin(a), e.pivot_mm + arm * np.cos(a)])
    along = np.array([[1.0, 0, 0], [0, np.cos(b), -np.sin(b)]])
    normal = np.array([0.0, np.sin(b), np.cos(b)])
    way = point + np.array([0, 0, e.air_gap_mm]) - source
    foot = source - way * (source @ normal) / (way @ normal)
    x, y = along @ foot
    corner = np.array([at.corner_mm[1], at.corner_mm[0]])
    found: Floats = (np.array([y, x]) - corner) / e.pixel_mm - 0.5
    return found


def centre(image: Floats) -> Floats:
    """Return (row, column) of the centre of mass."""
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    mass = image.sum(dtype=float)
    return np.array([(image * rows).sum() / mass, (image * columns).sum() / mass])


@few
@given(POINT, st.floats(-25, 25), st.floats(0, 60), st.floats(-3, 3))
def test_a_point_is_cast_along_the_line_from_the_source(
    point: tuple[float, float, float], angle: float, pivot: float, tilt: float
) -> None:
    at = panel(angle, pivot, tilt)
    where = np.array(point)
    np.testing.assert_allclose(at.index(where[None])[0], shadow(at, where), atol=1e-9)


@few
@given(POINT, st.floats(-25, 25), st.floats(-3, 3))
def test_bodies_and_clouds_are_cast_where_the_geometry_says(
    point: tuple[float, float, float], angle: float, tilt: float
) -> None:
    at, where = panel(angle, tilt=tilt), np.array([point])
    speck = speck_path(Balls(centres_mm=where, radii_mm=np.array([0.7])), at)
    np.testing.assert_allclose(centre(speck), shadow(at, where[0]), atol=0.06)
    puff = Clouds(
        centres_mm=where, sigmas_mm=np.array([0.6]), iodine_mg=np.array([1.0])
    )
    np.testing.assert_allclose(
        centre(cloud_path(puff, at)), shadow(at, where[0]), atol=0.06
    )


@pytest.mark.parametrize("angle", [-25.0, -7.5, 0.0, 12.0])
@pytest.mark.parametrize("tilt", [0.0, 2.1])
def test_tissue_is_cast_as_if_it_lay_in_the_middle(angle: float, tilt: float) -> None:
    at, breast = panel(angle, tilt=tilt), slab()
    gland = spread(breast, breast.gland_mm, at)
    middle = np.array([30.0, 0.0, 25.0])
    np.testing.assert_allclose(centre(gland), shadow(at, middle), atol=0.3)


@few
@given(st.floats(-25, 25), st.floats(-3, 3))
def test_oblique_rays_see_more_of_a_flat_slab(angle: float, tilt: float) -> None:
    at = panel(angle, tilt=tilt)
    row, column = shadow(at, np.array([10.0, 3.0, 20.0]))
    source, up = at.source_mm, at.up
    low, high = at.lift(np.array([[10.0, 3.0, 20.0]]))[0], source
    way = (high - low) / np.linalg.norm(high - low)
    seen = obliquity(at)[round(row), round(column)]
    np.testing.assert_allclose(seen, 1 / (way @ up), rtol=1e-3)


@few
@given(st.floats(0.02, 2.0))
def test_a_tube_that_moves_on_blurs_by_the_way_it_makes(travel: float) -> None:
    plain = panel(0.0)
    at = replace(plain, exposure=replace(plain.exposure, travel_deg=travel))
    line = np.zeros((61, 3), np.float32)
    line[30] = 1.0
    blurred = smeared(line, at)
    np.testing.assert_allclose(blurred.sum(axis=0), 1.0, atol=1e-5)
    rows = np.arange(61) - 30.0
    variance = float((blurred[:, 1] * rows**2).sum())
    # Where the middle of the breast falls, seen from both ends of the way.
    middle = np.array([[10.0, 0.0, 25.0]])
    ends = [
        replace(plain, exposure=replace(plain.exposure, angle_deg=s * travel / 2))
        for s in (-1, 1)
    ]
    way = abs(np.diff([float(end.index(middle)[0, 0]) for end in ends])[0])
    # The variance of a box is a twelfth of the square of its width.
    np.testing.assert_allclose(variance, way**2 / 12, rtol=0.02)
    assert blurred.min() >= 0
    np.testing.assert_allclose(blurred, blurred[::-1], atol=1e-6)


def test_a_tube_that_stops_blurs_nothing() -> None:
    image = np.random.default_rng(0).random((9, 9), np.float32)
    assert smeared(image, panel(10.0)) is image


def test_an_upright_tube_stands_over_the_chest_wall() -> None:
    np.testing.assert_allclose(panel(0.0).source_mm, [0, 0, 650.0])
    np.testing.assert_allclose(panel(0.0).up, [0, 0, 1.0])


@pytest.mark.parametrize(
    "wrong", [{"angle_deg": 75.0}, {"pivot_mm": 650.0}, {"panel_deg": -61.0}]
)
def test_an_impossible_arc_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidValue, match="must"):
        Exposure(**wrong)  # type: ignore[arg-type]

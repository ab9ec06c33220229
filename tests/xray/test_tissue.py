"""Fat and gland on the way to each pixel, from a tilted tube to a tilted panel."""

from dataclasses import replace

import numpy as np
import pytest

from galactograph.phantom.anatomy import Anatomy, draw
from galactograph.phantom.breast import compress, grow
from galactograph.phantom.tissue import SKIN_MM, Lattice
from galactograph.seeds import stream
from galactograph.values.codes import Laterality
from galactograph.values.procedure import Exposure, ViewPosition
from galactograph.values.truth import Slab
from galactograph.xray.materials import SKIN_AS_GLAND
from galactograph.xray.panel import Panel
from galactograph.xray.tissue import tissue_paths

TALL, WIDE, PITCH = 300, 200, 0.5


@pytest.fixture(scope="module")
def slab() -> Slab:
    """Return a small breast, compressed."""
    anatomy = Anatomy(
        lesion="normal",
        density=0.25,
        thickness_mm=45.0,
        radius_mm=62.0,
        depth_mm=68.0,
        branches=20,
    )
    build = draw(anatomy, rng=stream(2, "anatomy"))
    breast = grow(build, Laterality.LEFT, rng=stream(2, "breast"))
    lattice = Lattice(row_mm=0.5, slice_mm=0.5)
    rng = stream(2, "compression")
    return compress(breast, ViewPosition.CC, lattice=lattice, rng=rng)


def shot(angle: float = 0.0, tilt: float = 0.0) -> Exposure:
    """Return a coarse exposure."""
    return Exposure(
        rows=TALL, columns=WIDE, pixel_mm=PITCH, angle_deg=angle, panel_deg=tilt
    )


@pytest.mark.parametrize(
    ("angle", "tilt"), [(0.0, 0.0), (12.0, 0.0), (-25.0, 0.0), (7.5, 2.1), (-15.0, 4.2)]
)
def test_a_ray_through_flat_breast_meets_its_thickness_over_the_cosine(
    slab: Slab, angle: float, tilt: float
) -> None:
    panel = Panel.of(slab, shot(angle, tilt))
    fat, gland = tissue_paths(slab, panel)
    # A ray through the middle of the breast, 20 mm from the chest wall.
    point = np.array([[20.0, 0.0, slab.thickness_mm / 2]])
    at = panel.index(point)[0]
    source, up = panel.source_mm, panel.up
    way = panel.lift(point)[0] - source
    slant = np.linalg.norm(way) / -(way @ up)
    row, column = np.round(at).astype(int)
    met = (fat + gland)[row - 2 : row + 3, column - 2 : column + 3].mean()
    skin = 2 * SKIN_MM
    want = (slab.thickness_mm + (SKIN_AS_GLAND - 1) * skin) * slant
    assert met == pytest.approx(want, rel=0.004)


@pytest.mark.parametrize("tilt", [0.0, 4.2])
def test_what_lies_in_the_middle_plane_moves_as_points_do(
    slab: Slab, tilt: float
) -> None:
    # The skin line at the nipple's base, seen from two places.
    for angle in (-10.0, 10.0):
        panel = Panel.of(slab, shot(angle, tilt))
        whole = tissue_paths(slab, panel).sum(axis=0)
        assert slab.hull is not None
        tip = panel.index(slab.nipple_mm[None])[0]
        row = round(float(tip[0]))
        met = np.flatnonzero(whole[row] > 0.5)
        assert abs(met.max() - tip[1]) < 4


def test_air_is_empty(slab: Slab) -> None:
    fat, gland = tissue_paths(slab, Panel.of(slab, shot()))
    outside = gland[:, -20:]
    assert outside.max() == 0
    assert fat[:, -20:].max() == 0
    assert min(fat.min(), gland.min()) == 0


def test_a_slab_made_by_hand_is_seen_by_its_rasters(slab: Slab) -> None:
    panel = Panel.of(slab, shot())
    carved = tissue_paths(slab, panel)
    flat = tissue_paths(replace(slab, hull=None, runs=None), panel)
    inner = carved.sum(axis=0) > 0.97 * slab.thickness_mm
    # The same tissue, less what obliquity blurs.
    assert flat[1][inner].mean() == pytest.approx(carved[1][inner].mean(), rel=0.03)
    assert np.corrcoef(flat[1][inner], carved[1][inner])[0, 1] > 0.9


def test_four_times_the_pixels_see_the_same_sum(slab: Slab) -> None:
    fat, gland = tissue_paths(slab, Panel.of(slab, shot()))
    fine = Panel.of(slab, replace(shot(), rows=600, columns=400, pixel_mm=0.25))
    finer_fat, finer_gland = tissue_paths(slab, fine)
    assert 4 * fat.sum(dtype=float) == pytest.approx(
        finer_fat.sum(dtype=float), rel=1e-3
    )
    assert 4 * gland.sum(dtype=float) == pytest.approx(
        finer_gland.sum(dtype=float), rel=2e-3
    )

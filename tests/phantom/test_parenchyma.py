"""Fat lobules, walls and gland: at rest, and carved for a view."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numba
import numpy as np
import pytest

from galactograph.errors import InvalidValue
from galactograph.kernels import compartments, runs
from galactograph.phantom import parenchyma, tissue
from galactograph.phantom.anatomy import Anatomy, draw
from galactograph.phantom.breast import compress, grow
from galactograph.phantom.outline import Compression
from galactograph.seeds import stream
from galactograph.values.arrays import Floats
from galactograph.values.codes import Laterality
from galactograph.values.parenchyma import Parenchyma, Runs
from galactograph.values.procedure import Exposure, ViewPosition
from galactograph.values.truth import Breast, Slab
from galactograph.xray.panel import Panel
from galactograph.xray.tissue import tissue_paths

COARSE = tissue.Lattice(row_mm=0.6, slice_mm=0.6, step_mm=0.3)
SMALL = {"thickness_mm": 45.0, "radius_mm": 62.0, "depth_mm": 68.0, "branches": 30}


@cache
def woman(
    density: float = 0.25, lesion: str = "normal", texture: float = 1.0
) -> Breast:
    """Grow a small breast."""
    anatomy = Anatomy(lesion=lesion, density=density, texture=texture, **SMALL)  # type: ignore[arg-type]
    build = draw(anatomy, rng=stream(4, "anatomy"))
    return grow(build, Laterality.LEFT, rng=stream(4, "breast"))


def tissue_of(breast: Breast) -> Parenchyma:
    """Return its parenchyma."""
    assert breast.parenchyma is not None
    return breast.parenchyma


def pressed(
    breast: Breast, position: str = "CC", lattice: tissue.Lattice = COARSE
) -> Slab:
    """Compress it."""
    rng = stream(4, "compression")
    return compress(breast, ViewPosition(position), lattice=lattice, rng=rng)


def inside(breast: Breast, count: int, most: float = 0.85) -> Floats:
    """Return points spread evenly through the middle of a breast at rest."""
    v = np.random.default_rng(8).normal(size=(count, 3))
    reach = most * np.random.default_rng(9).random(count) ** (1 / 3)
    v *= (reach / np.linalg.norm(v, axis=1))[:, None]
    a, d = breast.rest_mm
    return np.column_stack([a * v[:, 0], d - d * abs(v[:, 1]), a * v[:, 2]])


def labels_at(rows: Runs, points_mm: Floats) -> Floats:
    """Return what lies at points (N, 3) of a slab."""
    k = np.clip(points_mm[:, 2] / rows.slice_mm, 0, rows.shape[0] - 1).astype(int)
    r = ((points_mm[:, 1] - rows.top_mm) / rows.row_mm).astype(int)
    found = np.zeros(len(points_mm), int)
    for n, (row, x) in enumerate(
        zip(k * rows.shape[1] + r, points_mm[:, 0], strict=True)
    ):
        a, b = rows.offsets[row], rows.offsets[row + 1]
        at = np.searchsorted(rows.starts[a:b], x / rows.unit_mm, side="right") - 1
        found[n] = rows.labels[a + at] if at >= 0 else 0
    return found


@pytest.mark.parametrize("exponent", [2.0, 3.0])
def test_texture_follows_its_power_law(exponent: float) -> None:
    field = parenchyma.power_law(
        (512, 512), exponent=exponent, longest=1e9, rng=np.random.default_rng(3)
    )
    power = np.abs(np.fft.fft2(field)) ** 2
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(512), np.fft.fftfreq(512)))
    edges = np.geomspace(0.01, 0.4, 12)
    means = [power[(f >= a) & (f < b)].mean() for a, b in pairwise(edges)]
    slope = np.polyfit(np.log(np.sqrt(edges[:-1] * edges[1:])), np.log(means), 1)[0]
    assert slope == pytest.approx(-exponent, abs=0.2)


@pytest.mark.parametrize("density", [0.05, 0.12, 0.25, 0.45])
def test_a_view_holds_the_glandular_fraction_that_was_asked(density: float) -> None:
    slab = pressed(woman(density))
    gland = slab.gland_mm.sum(dtype=float)
    share = gland / (gland + slab.adipose_mm.sum(dtype=float))
    assert share == pytest.approx(density, rel=0.1, abs=0.01)


def test_the_same_point_is_the_same_tissue_in_every_view() -> None:
    breast = woman()
    points = inside(breast, 3000)
    value, _ = parenchyma.measure(tissue_of(breast), points)
    fine = tissue.Lattice(row_mm=0.3, slice_mm=0.3)
    for position in ("CC", "ML", "MLO"):
        slab = pressed(breast, position, fine)
        assert slab.runs is not None
        map_ = Compression.of(breast, ViewPosition(position), slab.thickness_mm)
        at = map_.squeeze(points)
        aside = np.array([-0.9, -0.6, -0.3, 0, 0.3, 0.6, 0.9])[:, None, None]
        found = labels_at(
            slab.runs, (at + aside * np.array([1.0, 0, 0])).reshape(-1, 3)
        ).reshape(len(aside), -1)
        # Muscle hides what it covers.
        seen = (found != runs.MUSCLE).all(0)
        gland = found == runs.GLAND
        assert gland[3][seen & (value > 1)].mean() > 0.93
        assert gland[3][seen & (value < -1)].mean() < 0.05
        # Within a millimetre of where geometry says, it is there.
        assert gland.any(0)[seen & (value > 0)].mean() > 0.96
        assert (~gland).any(0)[seen & (value < 0)].mean() > 0.96


def test_volume_is_kept_within_two_percent_in_every_view() -> None:
    for breast in (woman(), replace(woman(), flank=1.5), replace(woman(), flank=1.85)):
        a, d = breast.rest_mm
        for position in ViewPosition:
            map_ = Compression.of(breast, position, 1.06 * breast.thickness_mm)
            x, y = np.meshgrid(
                np.arange(0.25, map_.depth_mm, 0.5),
                np.arange(-map_.radius_mm, map_.radius_mm, 0.5) + 0.25,
            )
            s = map_.normalised(x, y)
            volume = 2 * map_.height_mm(s)[s < 1].sum() * 0.25
            assert volume == pytest.approx(2 / 3 * np.pi * a * a * d, rel=0.02)


def test_threads_change_nothing() -> None:
    breast = woman()
    many = pressed(breast)
    most = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        one = pressed(breast)
    finally:
        numba.set_num_threads(most)
    assert many.runs is not None
    assert one.runs is not None
    np.testing.assert_array_equal(one.runs.starts, many.runs.starts)
    np.testing.assert_array_equal(one.runs.labels, many.runs.labels)


def test_another_woman_has_other_tissue() -> None:
    build = draw(Anatomy(lesion="normal", **SMALL), rng=stream(4, "anatomy"))  # type: ignore[arg-type]
    one, two = (
        tissue_of(grow(build, Laterality.LEFT, rng=stream(s, "breast"))) for s in (1, 2)
    )
    assert abs(np.corrcoef(one.noise.ravel(), two.noise.ravel())[0, 1]) < 0.05


def test_rows_run_forwards_and_end_as_fat() -> None:
    rows = pressed(woman()).runs
    assert rows is not None
    last = rows.offsets[1:][np.diff(rows.offsets) > 0] - 1
    assert (rows.labels[last] == runs.FAT).all()
    steps = np.diff(rows.starts.astype(int))
    steps[rows.offsets[1:-1][rows.offsets[1:-1] < len(rows.starts)] - 1] = 0
    assert steps.min() >= 0
    assert set(np.unique(rows.labels)) == {runs.FAT, runs.GLAND, runs.FIBROUS}


def test_only_views_from_the_side_show_the_muscle() -> None:
    for position, shown in (("CC", False), ("ML", True), ("MLO", True)):
        rows = pressed(woman(), position).runs
        assert rows is not None
        assert (rows.labels == runs.MUSCLE).any() == shown


def test_without_texture_there_are_no_walls() -> None:
    breast = woman(texture=0.0)
    rng = stream(4, "compression")
    slab = compress(breast, ViewPosition.CC, texture=0.0, lattice=COARSE, rng=rng)
    assert slab.runs is not None
    assert not (slab.runs.labels == runs.FIBROUS).any()


def test_most_walls_are_thin() -> None:
    thick = runs.wall_thickness(np.linspace(0, 0.999, 500))
    assert (thick[thick > 0] >= 0.06).all()
    assert thick.max() < 0.8
    assert 0.05 < np.median(thick) < 0.3


def test_a_mass_is_dense() -> None:
    breast = woman(0.08, "invasive")
    centre, radius = breast.masses.centres_mm[0], breast.masses.radii_mm[0]
    away = np.random.default_rng(2).normal(size=(500, 3))
    away *= 0.6 * radius / np.linalg.norm(away, axis=1)[:, None]
    value, _ = parenchyma.measure(tissue_of(breast), centre + away)
    # An uneven ball: at 0.6 radii some of it is fat already.
    assert (value > 0).mean() > 0.85


def test_gland_lies_along_the_injected_ducts() -> None:
    breast = woman(0.12)
    points = breast.tree.points_mm
    deep = points[(points[:, 1] > 5) & (points[:, 1] < 0.5 * breast.rest_mm[1])]
    value, _ = parenchyma.measure(tissue_of(breast), deep)
    assert (value > 0).mean() > 3 * 0.12


def test_only_listed_compartments_are_nearest() -> None:
    breast = woman()
    found = tissue_of(breast)
    map_ = Compression.of(breast, ViewPosition.CC, breast.thickness_mm)
    fields, _ = tissue._fields(found, map_, COARSE)
    near = tissue._neighbours(found, fields)
    rng = np.random.default_rng(5)
    missed = 0
    for _ in range(2000):
        k, j, i = (rng.integers(0, n) for n in near.shape[:3])
        w, v, u = rng.random(3)
        cell = fields[k : k + 2, j : j + 2, i : i + 2, :3].astype(float)
        cell = cell[0] * (1 - w) + cell[1] * w
        cell = cell[0] * (1 - v) + cell[1] * v
        point = cell[0] * (1 - u) + cell[1] * u
        owner = np.argmin(((found.seeds_mm - point) ** 2).sum(1))
        missed += owner not in near[k, j, i]
    assert missed <= 10


def test_noise_is_even_between_its_pixels() -> None:
    noise = tissue_of(woman()).noise
    at = 3.0 + np.arange(20) / 20
    line = np.array([compartments.sample_noise(noise, a, 5.0, 9.0) for a in at])
    np.testing.assert_allclose(np.diff(line, 2), 0, atol=1e-5)
    edge = len(noise)
    np.testing.assert_allclose(
        compartments.sample_noise(noise, 3.3 + edge, 5.7, 9.1),
        compartments.sample_noise(noise, 3.3, 5.7, 9.1 + edge),
        atol=1e-3,
    )


def exponent(density: float, seed: int) -> float:
    """Return the power-law exponent of a background, 0.1 to 1 cycle a mm."""
    build = draw(
        Anatomy(lesion="normal", density=density, thickness_mm=50.0),
        rng=stream(seed, "anatomy"),
    )
    breast = grow(build, Laterality.LEFT, rng=stream(seed, "breast"))
    slab = compress(breast, ViewPosition.CC, rng=stream(seed, "compression"))
    panel = Panel.of(slab, Exposure(rows=1664, columns=1280, pixel_mm=0.14))
    fat, gland = tissue_paths(slab, panel)
    image, whole = 0.0516 * fat + 0.0801 * gland, fat + gland > 0.97 * 50
    pitch, n = 0.14 / panel.magnification, 224
    window = np.hanning(n)[:, None] * np.hanning(n)
    powers = []
    for r in range(0, 1664 - n, n // 2):
        for c in range(0, 1280 - n, n // 2):
            if whole[r : r + n, c : c + n].all():
                part = image[r : r + n, c : c + n]
                powers.append(np.abs(np.fft.fft2((part - part.mean()) * window)) ** 2)
    power = np.mean(powers, axis=0)
    f = np.hypot(*np.meshgrid(*[np.fft.fftfreq(n, pitch)] * 2))
    edges = np.geomspace(0.1, 1.0, 13)
    means = [power[(f >= a) & (f < b)].mean() for a, b in pairwise(edges)]
    slope = np.polyfit(np.log(np.sqrt(edges[:-1] * edges[1:])), np.log(means), 1)[0]
    return -float(slope)


@pytest.mark.slow
def test_backgrounds_follow_a_power_law_near_three() -> None:
    found = [
        np.mean([exponent(density, seed) for seed in (1, 2, 3)])
        for density in (0.06, 0.12, 0.22, 0.38)
    ]
    assert 2.8 < np.mean(found) < 3.2
    assert 2.5 < min(found) <= max(found) < 3.5


def test_voxels_have_the_edge_that_was_asked() -> None:
    rows = pressed(woman(), "CC", tissue.Lattice.of(0.5)).runs
    assert rows is not None
    assert rows.row_mm == 0.5
    assert rows.slice_mm == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("edge", [0.0, 0.01, 2.0, float("nan")])
def test_voxels_that_cannot_be_are_refused(edge: float) -> None:
    with pytest.raises(InvalidValue, match="voxel_mm must be in"):
        tissue.Lattice.of(edge)


def test_finer_voxels_show_the_same_breast() -> None:
    maps = [
        pressed(woman(), "CC", tissue.Lattice.of(edge)).gland_mm for edge in (0.6, 0.3)
    ]
    inner = maps[1] > 3
    assert np.corrcoef(maps[0][inner], maps[1][inner])[0, 1] > 0.98
    assert maps[0].sum() == pytest.approx(maps[1].sum(), rel=0.02)

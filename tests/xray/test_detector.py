"""The panel: blur, noise, field, and the units of the table."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galactograph.errors import NotFound
from galactograph.seeds import stream
from galactograph.values.procedure import Exposure
from galactograph.xray import detector
from galactograph.xray.panel import Panel
from galactograph.xray.scatter import at_centre, scatter
from galactograph.xray.vendors import unit, units

Pixels = NDArray[np.float32]
few = settings(deadline=None, max_examples=20)
QUIET = replace(detector.Settings(), structure=0.0, read_photons=0.0)


def plain(size: int = 256, *, height_mm: float = 0.0, **changes: object) -> Panel:
    """Return a bare panel."""
    shot = replace(Exposure(rows=size, columns=size), **changes)  # type: ignore[arg-type]
    return Panel(
        exposure=shot,
        under_mm=height_mm,
        corner_mm=(0.0, -size * shot.pixel_mm / 2),
        middle_mm=height_mm,
        mirrored=False,
    )


def flat(
    panel: Panel, level: float, photons: float, seed: int, **changes: float
) -> Pixels:
    """Return counts of a flat field without scatter."""
    e = panel.exposure
    return detector.detect(
        np.full((e.rows, e.columns), level, np.float32),
        0.0,
        panel,
        photons=photons,
        rng=stream(seed, "flat"),
        settings=replace(QUIET, **changes),  # type: ignore[arg-type]
    )


@few
@given(st.floats(2.0, 30.0), st.floats(0.04, 0.12))
def test_a_kernel_has_its_transfer_up_to_nyquist(per_mm: float, pitch: float) -> None:
    kernel = detector.taps(per_mm, pitch)
    half = len(kernel) // 2
    f = np.linspace(0, 0.5, 40)
    got = (kernel * np.cos(2 * np.pi * np.outer(f, np.arange(-half, half + 1)))).sum(1)
    np.testing.assert_allclose(got, np.exp(-((f / pitch / per_mm) ** 2)), atol=0.05)
    assert kernel.sum() == pytest.approx(1, abs=1e-9)


@few
@given(st.floats(0.0, 0.3))
def test_blur_keeps_the_sum(spot: float) -> None:
    image = np.zeros((101, 101), np.float32)
    image[50, 50] = 1
    blurred = detector.blur(image, QUIET.spread, 0.07, spot)
    assert blurred.sum() == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(blurred, blurred[::-1, ::-1], atol=1e-6)


@few
@given(st.floats(0.1, 0.3))
def test_a_focal_spot_adds_its_own_width(spot: float) -> None:
    image = np.zeros((161, 161), np.float32)
    image[80, 80] = 1

    def spread(by: float) -> float:
        line = detector.blur(image, ((1.0, 8.0),), 0.07, by).sum(axis=0)
        at = 0.07 * (np.arange(161) - 80)
        return float((line * at**2).sum())

    assert spread(spot) - spread(0.0) == pytest.approx(spot**2, rel=0.05)


@few
@given(st.floats(500, 50_000), st.integers(0, 1000))
def test_variance_is_linear_in_exposure(photons: float, seed: int) -> None:
    panel = plain()
    variance = [
        (
            flat(panel, 0.4, n, seed, structure=0.0).astype(float)[20:-20, 20:-20] * n
        ).var()
        for n in (photons, 4 * photons)
    ]
    assert variance[1] / variance[0] == pytest.approx(4, rel=0.02)


def test_noise_has_the_variance_of_its_photons() -> None:
    white = flat(plain(), 0.5, 4000, 3, noise=((1.0, 1e6),))  # type: ignore[arg-type]
    relative = white.astype(float) / white.mean()
    # The field loses photons away from the axis: near the chest wall it has all.
    got = relative[:, :40].var()
    assert got == pytest.approx(1 / (4000 * 0.5 * QUIET.information), rel=0.05)


def test_light_spreads_the_noise_of_a_scintillator() -> None:
    panel = plain(vendor="ge", pixel_mm=0.1)
    ge = unit("ge").detector
    counts = detector.detect(
        np.full((256, 256), 0.5, np.float32),
        0.0,
        panel,
        photons=5000,
        rng=stream(1, "ge"),
        settings=replace(ge, read_photons=0.0, structure=0.0),
    ).astype(float)
    power = np.abs(np.fft.rfft(counts - counts.mean(), axis=1)) ** 2
    low, high = power[:, 2:12].mean(), power[:, -12:].mean()
    # At Nyquist, 5 per mm, light passes 0.20 of the signal along a row.
    assert high / low < 0.25


def test_the_same_panel_leaves_the_same_pattern() -> None:
    panel = plain()
    few_photons, many = 1e12, 1e13
    one = flat(panel, 0.5, few_photons, 1, structure=0.01)
    two = flat(panel, 0.5, many, 2, structure=0.01)
    np.testing.assert_allclose(one, two, rtol=1e-4)
    assert one.std() / one.mean() == pytest.approx(0.01, rel=0.02)


def test_fewer_photons_reach_the_far_side_and_the_nipple() -> None:
    columns, rows = detector.field(plain(2000))
    assert columns[0] == pytest.approx(1, abs=0.01)
    assert (np.diff(columns) < 1e-6).all()
    assert 0.6 < columns[-1] < 0.95
    np.testing.assert_allclose(rows, rows[::-1], rtol=1e-4)
    assert rows[0] < rows[1000]


@few
@given(st.floats(20, 80))
def test_scatter_grows_with_thickness_and_not_from_air(thickness: float) -> None:
    panel = plain(120, pixel_mm=1.0)
    air = np.ones((120, 120), np.float32)
    assert scatter(air, thickness, panel).max() < 1e-6
    assert at_centre(thickness + 5) > at_centre(thickness)


# source: Boone 2000, the fit of its abstract (found): half disc of 80 mm.
@pytest.mark.parametrize(("mm", "ratio"), [(30, 0.322), (50, 0.512), (70, 0.746)])
def test_scatter_is_as_published(mm: float, ratio: float) -> None:
    panel = plain(240, pixel_mm=1.0, height_mm=17.0)
    x = np.arange(240)[None] + 0.5
    y = np.arange(240)[:, None] - 119.5
    inside = np.hypot(x, y) < 86
    primary = np.where(inside, np.exp(-0.065 * mm), 1).astype(np.float32)
    veil = scatter(primary, mm, panel)
    centre = (slice(100, 140), slice(30, 60))
    assert veil[centre].sum() / primary[centre].sum() == pytest.approx(ratio, rel=0.15)


@pytest.mark.parametrize("name", sorted(units()))
def test_every_unit_of_the_table_is_whole(name: str) -> None:
    one = unit(name)
    for transfer in (one.detector.spread, one.detector.noise):
        assert sum(weight for weight, _ in transfer) == pytest.approx(1, abs=1e-9)
    starts = [row[0] for row in one.technique]
    assert starts == sorted(starts)
    assert starts[0] == 0
    assert 150 < one.rows * one.pixel_mm < 320


def test_an_unknown_vendor_is_refused() -> None:
    with pytest.raises(NotFound, match="no vendor 'kodak'; there are: generic"):
        unit("kodak")

"""The measures of the validation page are right themselves."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")
pytest.importorskip("matplotlib", reason="pictures need the extra `bench`")

from benchmarks.validation import (  # noqa: E402  after the search path
    discs,
    dosimetry,
    noise,
    quality,
    tubes,
)
from benchmarks.validation.sections import Row, Section  # noqa: E402

few = settings(deadline=None, max_examples=8)


@few
@given(st.floats(1.5, 6.0))
def test_a_slanted_edge_gives_the_aperture(degrees: float) -> None:
    cover = quality.edge_coverage(400, degrees)
    at, transfer = quality.slanted_edge(1 - 0.8 * cover, degrees, 0.1)
    known = (at > 0.5) & (at < 5)
    np.testing.assert_allclose(
        transfer[known], np.abs(np.sinc(at[known] * 0.1)), atol=0.03
    )


def test_an_edge_covers_half() -> None:
    cover = quality.edge_coverage(200, 3.0)
    assert cover.mean() == pytest.approx(0.5, abs=1e-3)
    assert cover.min() == 0
    assert cover.max() == 1


@few
@given(st.floats(1.5, 3.5))
def test_the_exponent_of_a_power_law_is_found(beta: float) -> None:
    f = np.fft.fftfreq(512, 0.07)
    r = np.hypot(f[None], f[:, None])
    r[0, 0] = np.inf
    rng = np.random.default_rng(3)
    shape = np.fft.fft2(rng.standard_normal((512, 512))) * r ** (-beta / 2)
    image = np.fft.ifft2(shape).real.astype(np.float32)
    per_mm, power = noise.spectrum(image, 0.07)
    kept = (per_mm > 0.1) & (per_mm < 1.0)
    got = -np.polyfit(np.log(per_mm[kept]), np.log(power[kept]), 1)[0]
    assert got == pytest.approx(beta, abs=0.3)


def test_the_fit_of_scatter_is_that_of_its_abstract() -> None:
    # By hand: 5 cm thick, 16 cm wide.
    by_hand = 1 / (-2.35452817 + 22.39609801 / 64 + 8.85064260 / 5**0.5)
    assert dosimetry.boone(50, 160) == pytest.approx(by_hand)


def test_the_voxels_of_the_reference_hold_the_fork() -> None:
    starts, ends, radii = tubes.fork()
    got = tubes.shadow(starts, ends, radii, (100, 100))[0]
    true = tubes.voxel_reference(voxel=0.035)
    assert true.sum() == pytest.approx(got.sum(), rel=0.01)


@few
@given(st.floats(2, 20))
def test_discs_cover_their_area(wide: float) -> None:
    rng = np.random.default_rng(1)
    cover = discs.covered(wide, 26, rng)
    each = cover.sum(dtype=float) / discs.CELLS**2
    assert each == pytest.approx(np.pi * wide**2 / 4, rel=0.02)


def test_a_psychometric_curve_gives_its_threshold() -> None:
    gold = np.geomspace(0.02, 0.2, 9)
    right = 0.25 + 0.75 / (1 + np.exp(-3 * np.log(gold / 0.06)))
    assert discs._fit(gold, right) == pytest.approx(0.06, rel=1e-3)


def test_a_miss_is_said_and_what_is_not_asked_is_not() -> None:
    rows = (
        Row(what="a", measured="1", asked="2", source="law", passed=False),
        Row(what="b", measured="1", asked="", source="law"),
    )
    one = Section(
        name="x", title="X", how="So.", rows=rows, picture=b"", caption="Seen."
    )
    assert one.failed == [rows[0]]
    assert "| a | 1 | 2 | law | **no** |" in one.markdown("../_static")
    assert "| b | 1 |  | law |  |" in one.markdown("../_static")

"""Laws of what a lumen looks like across."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from galactograph.finders._lumen import Settings, edge_mm

U_MM = np.arange(-81, 82) * 0.05

calibres = st.floats(0.5, 3.0)


def lumen(calibre_mm: float, blur_mm: float = 0.08) -> np.ndarray:
    """Return a round column of contrast across, (U,), 1 in the middle."""
    chord = np.sqrt(np.clip(1 - (2 * U_MM / calibre_mm) ** 2, 0, None))
    return np.asarray(gaussian_filter1d(chord, blur_mm / 0.05), float)


def allowed_mm(calibre_mm: float) -> float:
    settings = Settings()
    return settings.edge_of_radius * calibre_mm / 2 + settings.blur_mm


@given(calibres)
def test_a_blurred_round_column_has_the_edges_of_a_lumen(calibre_mm: float) -> None:
    assert edge_mm(lumen(calibre_mm), U_MM, calibre_mm) < allowed_mm(calibre_mm)


# Below 0.8 mm blur alone makes a column look like a small cloud.
@given(st.floats(0.85, 3.0))
def test_a_cloud_of_the_same_width_has_not(calibre_mm: float) -> None:
    cloud = np.exp(-np.log(16) * (U_MM / calibre_mm) ** 2)
    assert edge_mm(cloud, U_MM, calibre_mm) > allowed_mm(calibre_mm)


@given(calibres, st.floats(0.1, 50), st.floats(-5, 5))
def test_contrast_and_level_do_not_matter(
    calibre_mm: float, gain: float, level: float
) -> None:
    plain = edge_mm(lumen(calibre_mm), U_MM, calibre_mm)
    other = edge_mm(gain * lumen(calibre_mm) + level, U_MM, calibre_mm)
    assert other == pytest.approx(plain, abs=0.02)


def test_the_worse_side_counts() -> None:
    sharp = lumen(1.0)
    soft = np.exp(-np.log(16) * U_MM**2)
    mixed = np.where(U_MM < 0, sharp, soft)
    assert edge_mm(mixed, U_MM, 1.0) == pytest.approx(edge_mm(soft, U_MM, 1.0), abs=0.1)


def test_what_never_falls_has_no_edge() -> None:
    assert edge_mm(np.ones_like(U_MM), U_MM, 1.0) == np.inf

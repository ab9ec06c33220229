"""What FBP and SART make of points, wires and breasts."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galactograph.errors import InvalidValue
from galactograph.tomo import fbp, iterative, penalised
from galactograph.tomo.operators import Operator, upright
from tomo.scenes import operator, peak, shadows, sweep

Pixels = NDArray[np.float32]
Method = Callable[[Pixels, Operator], Pixels]
METHODS: dict[str, Method] = {
    "fbp": fbp.reconstruct,
    "sart": iterative.reconstruct,
    "penalised": penalised.reconstruct,
}
MACHINES = [(15, 15.0, 0.0, 4.2), (9, 25.0, 40.0, 0.0), (25, 50.0, 47.0, 0.0)]
"""Views, arc, pivot and tilt of the panel, as three makers have them."""
few = settings(deadline=None, max_examples=5)


@pytest.mark.parametrize("name", METHODS)
@few
@given(
    st.floats(3, 24),
    st.floats(-20, 20),
    st.floats(23, 37),
    st.sampled_from(
        [(15, 15.0, 0.0, 4.2), (9, 25.0, 40.0, 0.0), (25, 50.0, 47.0, 0.0)]
    ),
)
def test_a_point_is_reconstructed_at_its_place(
    name: str,
    x: float,
    y: float,
    z: float,
    machine: tuple[int, float, float, float],
) -> None:
    views, arc, pivot, tilt = machine
    seen = sweep(views=views, arc_deg=arc, pivot_mm=pivot, panel_arc_deg=tilt)
    point = np.array([[x, y, z]])
    images, flat = upright(shadows(seen, point, point, 0.25), seen)
    a = operator(flat)
    volume = METHODS[name](images, a)
    k = int(np.argmax(volume.max(axis=(1, 2))))
    found = a.grid.panel_from_index(np.array([[k, *peak(volume[k])]]))[0]
    np.testing.assert_allclose(found[:2], [x, y], atol=0.1)
    # The height at which the spot is strongest, between slices too.
    row, column = (round(v) for v in peak(volume[k]))
    profile = volume[:, row, column]
    weight = np.clip(profile - 0.7 * profile.max(), 0, None)
    assert abs((weight * a.heights_mm).sum() / weight.sum() - z) <= 1.0


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("across", [True, False])
def test_a_slanted_wire_shows_in_each_slice_where_it_crosses(
    name: str, *, across: bool
) -> None:
    seen = sweep(views=15, arc_deg=40.0, rows=260, columns=140)
    # Across the sweep, or at 45 degrees to it; never along it, where depth is lost.
    along = np.array([14.0, 0.0 if across else 14.0, 14.0])
    middle = np.array([13.0, 0.0, 30.0])
    start, end = middle - along / 2, middle + along / 2
    a = operator(seen)
    volume = METHODS[name](shadows(seen, start[None], end[None], 0.2), a)
    for k, z in enumerate(a.heights_mm):
        if abs(z - 30) > 5:
            continue
        at = a.grid.panel_from_index(np.array([[k, *peak(volume[k], 3)]]))[0]
        want = middle + along * (z - 30) / 14
        assert abs(at[1] - want[1]) < 0.3
        # A slice's place on the wire says the height at which it was seen.
        assert abs(at[0] - want[0]) < 1.0


@pytest.mark.parametrize("name", METHODS)
def test_a_mirrored_breast_has_a_mirrored_stack(name: str) -> None:
    seen = sweep(views=5, rows=160, columns=80)
    ball = np.array([[8.0, 4.0, 28.0], [5.0, -9.0, 33.0]])
    images = shadows(seen, ball, ball, 0.8)
    a = operator(seen)
    there = METHODS[name](images, a)
    back = METHODS[name](np.ascontiguousarray(images[::-1, ::-1]), a)
    # SART takes the views in another order then.
    atol = 0.02 * there.max() if name == "fbp" else 0.2 * there.max()
    np.testing.assert_allclose(back[:, ::-1], there, atol=atol)


@few
@given(st.integers(0, 99), st.floats(-2, 2), st.floats(-2, 2))
def test_filtered_back_projection_is_linear(seed: int, p: float, q: float) -> None:
    a = operator(sweep(views=3, rows=60, columns=40), slices=4)
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, 3, 60, 40), np.float32)
    both = fbp.reconstruct(np.float32(p) * x + np.float32(q) * y, a)
    apart = np.float32(p) * fbp.reconstruct(x, a) + np.float32(q) * fbp.reconstruct(
        y, a
    )
    np.testing.assert_allclose(both, apart, atol=2e-4)


@pytest.mark.parametrize("name", METHODS)
def test_a_wide_plate_has_its_attenuation_per_mm(name: str) -> None:
    seen = sweep(views=9, rows=400, columns=60)
    a = operator(seen)
    images = np.stack([0.05 * 20 * a.slant(v) for v in range(a.views)])
    volume = METHODS[name](images, a)
    np.testing.assert_allclose(volume[10, 180:220, 10:50], 0.05, rtol=0.03)


def test_sart_explains_the_projections_better_with_every_sweep() -> None:
    seen = sweep(views=9, rows=160, columns=80)
    ball = np.array([[8.0, 4.0, 28.0], [5.0, -9.0, 33.0]])
    images = shadows(seen, ball, ball, 0.8)
    a = operator(seen)
    volume = iterative.mean(images, a)
    left = [float(np.square(images - a.project(volume)).mean())]
    for _ in range(3):
        iterative.sweep(volume, images, a, 0.5, 0.0)
        left.append(float(np.square(images - a.project(volume)).mean()))
    assert left[1] < 0.5 * left[0]
    assert left[3] < left[2] < left[1]
    assert volume.min() >= 0


@pytest.mark.parametrize("name", METHODS)
def test_a_duct_is_sharp_in_its_slice_and_faint_five_millimetres_off(name: str) -> None:
    seen = sweep(views=25, arc_deg=50.0, pivot_mm=47.0)
    x, z = 15.0, 30.5
    start, end = np.array([[5.0, 0.0, z]]), np.array([[x + 8, 0.0, z]])
    a = operator(seen)
    volume = METHODS[name](shadows(seen, start, end, 0.25), a)
    k = int(np.abs(a.heights_mm - z).argmin())
    column = round((x - a.grid.origin_mm[0]) / a.grid.pixel_mm)
    profile = volume[k, :, column]
    top = profile.max() - np.median(profile)
    width = (profile - np.median(profile) > top / 2).sum() * a.grid.pixel_mm
    # 0.5 mm of lumen on pixels of 0.19 mm.
    assert width < 0.8
    off = volume[k + 5, :, column]
    assert off.max() - np.median(off) < 0.3 * top


def test_the_penalty_evens_out_noise_and_keeps_ducts() -> None:
    a = operator(sweep(views=9, rows=160, columns=120))
    start, end = np.array([[4.0, 0.0, 30.5]]), np.array([[20.0, 0.0, 30.5]])
    clean = shadows(a.sweep, start, end, 0.5, 0.5)
    clean += np.stack([0.05 * 20 * a.slant(view) for view in range(a.views)])
    rng = np.random.default_rng(3)
    noisy = clean + 0.05 * rng.standard_normal(clean.shape, np.float32)
    plain = penalised.Settings(strength=0.0)
    rough = penalised.reconstruct(noisy, a, settings=plain)
    smooth = penalised.reconstruct(noisy, a)
    column = 60
    peaks = [float(v[10, 70:90, column].max()) for v in (rough, smooth)]
    noise = [float(v[10, 20:50, 20:100].std()) for v in (rough, smooth)]
    assert noise[1] < 0.8 * noise[0]
    assert peaks[1] > 0.8 * peaks[0]


@few
@given(st.integers(0, 99), st.floats(0.01, 0.125))
def test_the_penalty_moves_mass_and_loses_none(seed: int, strength: float) -> None:
    volume = np.random.default_rng(seed).random((2, 12, 9), np.float32)
    before, rough = volume.sum(axis=(1, 2)), np.abs(np.diff(volume, axis=1)).sum()
    penalised.even_out(volume, strength, 0.01)
    np.testing.assert_allclose(volume.sum(axis=(1, 2)), before, rtol=1e-5)
    assert np.abs(np.diff(volume, axis=1)).sum() < rough


def test_few_photons_behind_a_duct_count_little() -> None:
    a = operator(sweep(views=5, rows=120, columns=60))
    images = np.stack([0.05 * 20 * a.slant(view) for view in range(a.views)])
    images[:, 60] = 4.0
    volume = iterative.mean(images, a)
    changed = volume.copy()
    images[:, 60] = 4.5
    penalised.correct(changed, images, a, 2, 0.5)
    opaque = np.abs(changed - volume)[:, 56:64].max()
    images[:, 60] = 4.0
    images[:, 30] += 0.5
    changed = volume.copy()
    penalised.correct(changed, images, a, 2, 0.5)
    plain = np.abs(changed - volume)[:, 26:34].max()
    assert opaque < 0.3 * plain


def test_no_order_of_views_has_neighbours_in_turn() -> None:
    for views in (9, 11, 15, 25):
        turns = iterative.order(views)
        assert sorted(turns) == list(range(views))
        assert min(abs(np.diff(turns))) > 1


def test_wrong_shapes_and_settings_are_refused() -> None:
    a = operator(sweep(views=3, rows=60, columns=40), slices=4)
    for method in METHODS.values():
        with pytest.raises(InvalidValue, match="projections must be"):
            method(np.zeros((2, 60, 40), np.float32), a)
    with pytest.raises(InvalidValue, match="cutoff"):
        fbp.Settings(cutoff=0.0)
    with pytest.raises(InvalidValue, match="sweeps"):
        iterative.Settings(sweeps=0)
    with pytest.raises(InvalidValue, match="sweeps"):
        penalised.Settings(relaxation=2.0)
    with pytest.raises(InvalidValue, match="strength"):
        penalised.Settings(strength=0.2)


def test_a_softer_window_leaves_less_noise() -> None:
    a = operator(sweep(views=3, rows=60, columns=40), slices=4)
    images = np.random.default_rng(1).random((3, 60, 40), np.float32)
    soft = fbp.Settings(smoothness=1.0, cutoff=0.5)
    assert fbp.reconstruct(images, a, settings=soft).std() < 0.8 * (
        fbp.reconstruct(images, a).std()
    )

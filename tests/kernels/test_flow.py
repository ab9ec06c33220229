"""The laws of tubes, on trees small enough to solve by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.kernels import flow, fluids
from galactograph.values.arrays import Floats

few = settings(deadline=None, max_examples=50)


@few
@given(st.floats(-20, 300), st.floats(0.01, 10), st.floats(0.05, 0.9), st.floats(1, 60))
def test_a_tube_yields_as_its_volume_says(
    p: float, room: float, rest: float, snug: float
) -> None:
    if min(abs(p), abs(p - snug)) < 1e-2:
        return  # the law has corners at rest and at full calibre
    h = 1e-5
    slope = (
        flow.held(p + h, room, rest, snug) - flow.held(p - h, room, rest, snug)
    ) / (2 * h)
    assert slope == pytest.approx(flow.yielding(p, room, rest, snug), rel=1e-3)
    assert slope > 0


def test_a_tube_is_at_rest_without_pressure_and_full_when_snug() -> None:
    assert flow.held(0.0, 2.0, 0.3, 10.0) == pytest.approx(0.6)
    assert flow.held(10.0, 2.0, 0.3, 10.0) == pytest.approx(2.0)
    assert flow.held(410.0, 2.0, 0.3, 10.0) == pytest.approx(4.0)


def run(tubes: Floats, parents: list[int], **given: float) -> tuple[Floats, ...]:
    """Run the kernel with plain settings."""
    count = len(parents)
    values = {
        "thin": 1.0,
        "rest": 0.25,
        "film": 0.0,
        "mixing": 0.0,
        "rate": 1.0,
        "most": 1.0,
        "step": 0.01,
        "lobule_mmhg": 20.0,
        "lobule_s": 0.5,
        "seal_mmhg": 1e6,
        "seal_ease": 1.0,
        "burst_mmhg": 1e6,
        "leak_ease": 1.0,
        "tissue_mmhg": 8.0,
        "stop_mmhg": np.inf,
        "stop_reflux": np.inf,
        "stop_leak": np.inf,
        **given,
    }
    return flow.fill(  # type: ignore[no-any-return]
        np.array(parents, np.int32), tubes, np.full(count, 1.0), *values.values()
    )


def tubes_of(room: list[float], lobule: list[float]) -> Floats:
    """Return tubes of 1 mm, snug at 10 mmHg, with next to no resistance."""
    count = len(room)
    return np.stack(
        [
            np.ones(count),
            np.array(room),
            np.full(count, 10.0),
            np.array([0.0] + [1e6] * (count - 1)),
            np.array(lobule),
            np.zeros(count),
            np.zeros(count),
            np.zeros(count),
        ]
    )


def test_one_tube_follows_its_law() -> None:
    """No lobule, no leak: the volume is what was there and what came."""
    course, contrast, secretion, _ = run(tubes_of([1e-7, 4.0], [0, 0]), [-1, 0])
    assert contrast.sum() == pytest.approx(1.0)
    assert secretion.sum() == pytest.approx(1.0, abs=1e-6)
    for _, p, given_mm3, *_ in course[1:]:
        assert flow.held(p, 4.0, 0.25, 10.0) == pytest.approx(1.0 + given_mm3, rel=1e-3)


def test_like_branches_share_alike() -> None:
    tubes = tubes_of([1e-7, 1.0, 1.0, 1.0], [0, 0, 1.0, 1.0])
    _, contrast, secretion, _ = run(tubes, [-1, 0, 1, 1])
    assert contrast[2] == pytest.approx(contrast[3])
    assert secretion[2] == pytest.approx(secretion[3])
    assert contrast[1] > contrast[2]


def test_pushed_fluid_leaves_in_the_order_in_which_it_came() -> None:
    """Without mixing, contrast reaches the second tube when the first is clean."""
    course, contrast, secretion, _ = run(
        tubes_of([1e-7, 2.0, 2.0], [0, 0, 5.0]), [-1, 0, 1], most=1.5
    )
    assert secretion[1] == pytest.approx(0.0, abs=1e-9)
    assert contrast[1] > 0
    assert course[-1, 2] == pytest.approx(1.5)


def test_flow_through_a_stiff_line_follows_ohm() -> None:
    """Through a narrow tube into a torn wide one: the drop is flow over ease."""
    tubes = tubes_of([1e-7, 1e-5, 1.0], [0, 0, 0])
    tubes[3, 1] = 0.5
    tubes[6, 2] = 1.0
    course, *_ = run(
        tubes, [-1, 0, 1], most=400.0, step=0.5, burst_mmhg=5.0, leak_ease=2.0
    )
    # At last all that comes leaves: p = 8 + 1 / 2 behind, and the narrow tube is
    # stretched by its pressure.
    behind, p = 8.5, course[-1, 1]
    wide = min(flow.held((p + behind) / 2, 1.0, 0.25, 10.0), 1.5)
    assert p - behind == pytest.approx(1.0 / (0.5 * wide**2), rel=0.1)


def test_walls_that_slacken_press_the_surplus_out_of_the_root() -> None:
    parents = np.array([-1, 0, 1], np.int32)
    room = np.array([0.1, 1.0, 1.0])
    contrast, secretion = np.array([0.1, 1.2, 0.9]), np.array([0.0, 0.1, 0.5])
    before = contrast.sum() + secretion.sum()
    out = fluids.slacken(parents, room, contrast, secretion)
    assert (contrast + secretion <= room + 1e-12).all()
    assert 0 < out <= before - room.sum() + 1e-12
    assert contrast.sum() + secretion.sum() == pytest.approx(room.sum())


@few
@given(st.integers(2, 40), st.floats(0.01, 1e4), st.integers(0, 1000))
def test_sinking_keeps_every_drop_and_evens_out(
    count: int, wait: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    parents = np.array([-1] + [rng.integers(0, n) for n in range(1, count)], np.int32)
    contrast, secretion = rng.uniform(0, 1, (2, count))
    film = np.full(count, 0.01)
    swap = np.concatenate([[0.0], rng.uniform(0, 1, count - 1)])
    before = contrast.sum(), secretion.sum(), (contrast + secretion).copy()

    def spread() -> float:
        mobile = contrast + np.maximum(secretion - film, 0)
        return float(np.ptp(contrast / mobile))

    uneven = spread()
    fluids.exchange(
        parents, swap, film, wait, contrast, secretion, np.empty((2, count))
    )
    np.testing.assert_allclose(contrast.sum(), before[0], rtol=1e-9)
    np.testing.assert_allclose(secretion.sum(), before[1], rtol=1e-9)
    np.testing.assert_allclose(contrast + secretion, before[2], rtol=1e-9)
    assert (contrast >= 0).all()
    assert spread() <= uneven + 1e-9
    if wait > 1e3 and count < 5 and swap[1:].min() > 0.1:
        assert spread() < 0.05

"""Shadows of tubes."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galactograph.kernels.shadows import cast

Floats = NDArray[np.float64]
PITCH = 0.07
ROWS, COLUMNS = 160, 200
FRAME = np.array([0.0, 0.0, PITCH])
FAR = np.array([7.0, 5.6, 1e7])
NONE = np.zeros((0, 5))

inside = st.tuples(st.floats(3, 11), st.floats(3, 8.2), st.floats(2, 30))
lumen = st.floats(0.15, 0.8)
few = settings(deadline=None, max_examples=25)


def shadow(
    starts: Floats,
    ends: Floats,
    radii: Floats,
    *,
    balls: Floats = NONE,
    source: Floats = FAR,
    sub: int = 2,
) -> NDArray[np.float32]:
    """Cast capsules on a small panel: (3, rows, columns)."""
    a, b, r = (np.atleast_2d(np.asarray(x, float)) for x in (starts, ends, radii))
    one = np.ones(len(a))
    found = cast(a, b, r, one, balls, source, FRAME, ROWS, COLUMNS, sub, 0.0)
    return np.asarray(found)


def volume(image: NDArray[np.float32]) -> float:
    """Return the volume under a thickness image, mm^3."""
    return float(image.sum(dtype=np.float64)) * PITCH**2


def capsule_volume(length: float, a: float, b: float) -> float:
    """Return the volume of the convex hull of two balls of radii a and b."""
    if length <= abs(a - b):
        return float(4 / 3 * np.pi * max(a, b) ** 3)
    sin = (a - b) / length
    cos2 = 1 - sin**2
    ra, rb = a * np.sqrt(cos2), b * np.sqrt(cos2)
    height = length * cos2
    cone = np.pi / 3 * height * (ra**2 + ra * rb + rb**2)

    def cap(radius: float, depth: float) -> float:
        return float(np.pi * depth**2 * (3 * radius - depth) / 3)

    return float(cone + cap(a, a * (1 + sin)) + cap(b, b * (1 - sin)))


@few
@given(inside, inside, lumen, lumen)
def test_the_shadow_holds_the_volume_of_the_capsule(
    start: tuple[float, ...], end: tuple[float, ...], a: float, b: float
) -> None:
    got = volume(shadow(np.array(start), np.array(end), np.array([a, b]))[0])
    length = float(np.linalg.norm(np.subtract(end, start)))
    # A tube along the beam is a disc, at its smallest eight rays wide.
    np.testing.assert_allclose(got, capsule_volume(length, a, b), rtol=0.07)


@few
@given(st.floats(0.01, 0.3), st.floats(0, 1), st.floats(0, np.pi))
def test_a_thin_duct_is_never_lost_at_any_phase_or_angle(
    radius: float, phase: float, angle: float
) -> None:
    middle = np.array([7.0, 5.6 + phase * PITCH, 20.0])
    half = 4 * np.array([np.cos(angle), np.sin(angle), 0])
    got = volume(shadow(middle - half, middle + half, np.array([radius, radius]))[0])
    want = capsule_volume(8.0, radius, radius)
    np.testing.assert_allclose(got, want, rtol=0.03)


@few
@example((5.0, 3.0, 2.0), (5.0, 3.5, 2.0), 0.1875, 0.5)
@given(inside, inside, lumen, st.floats(0.1, 0.9))
def test_a_joint_is_not_counted_twice(
    start: tuple[float, ...], end: tuple[float, ...], radius: float, share: float
) -> None:
    a, b = np.array(start), np.array(end)
    joint = a + share * (b - a)
    # Sixteen rays a pixel: with four, the halves of a short tube (solved ray by ray)
    # and the long one (solved by strips) differ by more than a joint does.
    whole = shadow(a, b, np.array([radius, radius]), sub=4)[0]
    halves = np.array([a, joint]), np.array([joint, b])
    parts = shadow(*halves, np.full((2, 2), radius), sub=4)
    np.testing.assert_allclose(parts[0], whole, atol=5e-2)
    np.testing.assert_allclose(volume(parts[0]), volume(whole), rtol=0.01)


def test_ducts_at_different_depths_add_up() -> None:
    one = np.array([[3.0, 5.6, 10.0]]), np.array([[11.0, 5.6, 10.0]])
    two = np.array([[7.0, 3.0, 25.0]]), np.array([[7.0, 8.0, 25.0]])
    radii = np.array([[0.4, 0.4]])
    both = shadow(
        np.vstack([one[0], two[0]]), np.vstack([one[1], two[1]]), np.vstack([radii] * 2)
    )
    summed = shadow(*one, radii)[0] + shadow(*two, radii)[0]
    np.testing.assert_allclose(both[0], summed, atol=1e-4)


def test_ducts_at_the_same_depth_are_united() -> None:
    starts = np.array([[3.0, 5.6, 10.0], [7.0, 3.0, 10.0]])
    ends = np.array([[11.0, 5.6, 10.0], [7.0, 8.0, 10.0]])
    both = shadow(starts, ends, np.full((2, 2), 0.4))[0]
    # Through the middle of the crossing the path is one diameter, not two.
    np.testing.assert_allclose(both[80, 99:101], 0.8, atol=0.01)


def test_the_chord_of_a_cylinder_is_as_by_hand() -> None:
    start, end = np.array([2.0, 5.6, 10.0]), np.array([12.0, 5.6, 10.0])
    column = shadow(start, end, np.array([1.0, 1.0]), sub=4)[0][:, 100]
    y = (np.arange(ROWS) + 0.5) * PITCH - 5.6
    chord = 2 * np.sqrt(np.clip(1 - y**2, 0, None))
    np.testing.assert_allclose(column[abs(y) < 0.9], chord[abs(y) < 0.9], atol=0.01)
    assert (column[abs(y) > 1.05] == 0).all()


@few
@given(inside, inside, lumen)
def test_a_mirrored_duct_casts_a_mirrored_shadow(
    start: tuple[float, ...], end: tuple[float, ...], radius: float
) -> None:
    a, b = np.array(start), np.array(end)
    radii = np.array([radius, radius])
    near = np.array([7.0, 5.6, 650.0])
    there = shadow(a, b, radii, source=near, sub=4)[0]
    wide = COLUMNS * PITCH
    turn = np.array([-1.0, 1.0, 1.0])
    shift = np.array([wide, 0, 0])
    here = shadow(a * turn + shift, b * turn + shift, radii, source=near, sub=4)
    turned = here[0][:, ::-1]
    # Where a tube's end is steep, rays miss its rim either way.
    assert np.abs(turned - there).sum() < 0.02 * there.sum()
    np.testing.assert_allclose(volume(turned), volume(there), rtol=5e-3)


@few
@given(st.floats(5, 60), st.floats(0.1, 0.5))
def test_a_cone_beam_magnifies_by_height(height: float, radius: float) -> None:
    source = np.array([7.0, 5.6, 650.0])
    start, end = np.array([5.0, 5.6, height]), np.array([9.0, 5.6, height])
    image = shadow(start, end, np.array([radius, radius]), source=source)[0]
    m = 650 / (650 - height)
    # Area grows by m squared, thickness stays (rays lean by less than 0.2 degrees).
    want = capsule_volume(4.0, radius, radius) * m**2
    np.testing.assert_allclose(volume(image), want, rtol=0.025)


@few
@given(st.floats(0.15, 0.7))
def test_a_ball_takes_its_volume_out_of_a_duct(radius: float) -> None:
    start, end = np.array([2.0, 5.6, 10.0]), np.array([12.0, 5.6, 10.0])
    radii = np.array([0.8, 0.8])
    whole = shadow(start, end, radii)[0]
    ball = np.array([[7.0, 5.6, 10.0, radius, 1.0]])
    cut = shadow(start, end, radii, balls=ball)
    missing = volume(whole) - volume(cut[0])
    np.testing.assert_allclose(missing, 4 / 3 * np.pi * radius**3, rtol=0.03)
    np.testing.assert_allclose(volume(cut[2]), missing, rtol=1e-3)


def test_a_ball_beside_a_duct_takes_nothing() -> None:
    start, end = np.array([2.0, 5.6, 10.0]), np.array([12.0, 5.6, 10.0])
    ball = np.array([[7.0, 5.6, 20.0, 2.0, 0.0]])
    radii = np.array([0.8, 0.8])
    with_ball = shadow(start, end, radii, balls=ball)[0]
    np.testing.assert_allclose(with_ball, shadow(start, end, radii)[0], atol=1e-6)


@pytest.mark.parametrize("radius", [0.06, 0.15, 0.5])
def test_transmission_not_path_is_averaged_over_a_pixel(radius: float) -> None:
    start, end = np.array([2.0, 5.63, 10.0]), np.array([12.0, 5.71, 10.0])
    radii = np.array([radius, radius])

    def at(opacity: float) -> NDArray[np.float32]:
        lone = start[None], end[None], radii[None], np.array([300.0]), NONE
        found = cast(*lone, FAR, FRAME, ROWS, COLUMNS, 2, opacity)
        return np.asarray(found[1])

    plain, effective = at(0.0), at(0.0025)
    # Jensen: the mean of exp(-x) exceeds exp(-mean x), so the effective path is less.
    assert (effective <= plain + 1e-2).all()
    # By brute force: rays eight times as dense.
    dense = cast(
        start[None],
        end[None],
        radii[None],
        np.array([300.0]),
        NONE,
        FAR,
        np.array([0.0, 0.0, PITCH / 8]),
        ROWS * 8,
        COLUMNS * 8,
        1,
        0.0,
    )[1]
    through = np.exp(-0.0025 * dense).reshape(ROWS, 8, COLUMNS, 8).mean(axis=(1, 3))
    inner = slice(40, 160)
    np.testing.assert_allclose(
        np.exp(-0.0025 * effective)[:, inner], through[:, inner], atol=0.035
    )
    np.testing.assert_allclose(
        np.exp(-0.0025 * effective)[:, inner].sum(), through[:, inner].sum(), rtol=2e-4
    )

"""What the duct projector must hold always: volume, joints, reciprocity, energy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galactograph.kernels.shadows import cast
from galactograph.seeds import stream

Floats = NDArray[np.floating[Any]]
PITCH = 0.07
SIDE = 500
NONE = np.zeros((0, 5))
FAR = np.array([SIDE * PITCH / 2, SIDE * PITCH / 2, 1e9])
few = settings(deadline=None, max_examples=25)


def shadow(
    starts: Floats, ends: Floats, radii: Floats, side: int = SIDE
) -> NDArray[np.float32]:
    """Return the path through capsules, a parallel beam."""
    one = np.ones(len(starts))
    frame = np.array([0.0, 0.0, PITCH])
    found = cast(starts, ends, radii, one, NONE, FAR, frame, side, side, 2, 0.0)
    return np.asarray(found[0])


@pytest.mark.parametrize("calibre", [(0.02, 0.1), (0.1, 0.3), (0.3, 1.0), (1.0, 2.5)])
def test_many_ducts_hold_their_volume_to_a_thousandth(
    calibre: tuple[float, float],
) -> None:
    rng, count = stream(1, "law"), 600
    low, high = np.log(calibre[0] / 2), np.log(calibre[1] / 2)
    radius = np.exp(rng.uniform(low, high, count))
    length = rng.uniform(2, 6, count)
    turn, rise = rng.uniform(0, 2 * np.pi, count), rng.uniform(-1, 1, count)
    flat = np.sqrt(1 - rise**2)
    along = np.column_stack([flat * np.cos(turn), flat * np.sin(turn), rise])
    middle = rng.uniform(6, SIDE * PITCH - 6, (count, 3))
    # Each at a depth of its own: nothing is united.
    middle[:, 2] = 20 + 8.0 * (np.arange(count) % 40)
    half = 0.5 * length[:, None] * along
    radii = np.column_stack([radius, radius])
    total = 0.0
    for block in np.array_split(np.arange(count), count // 40):
        image = shadow((middle - half)[block], (middle + half)[block], radii[block])
        total += float(image.sum(dtype=float)) * PITCH**2
    true = (np.pi * radius**2 * length + 4 / 3 * np.pi * radius**3).sum()
    assert total / true == pytest.approx(1, abs=1e-3)


def fork() -> tuple[Floats, Floats, Floats]:
    """Return a tapered trunk and two branches that meet at (3.5, 3.0)."""
    joint = np.array([3.5, 3.0, 10.0])
    starts = np.stack([np.array([0.6, 3.1, 10.2]), joint, joint])
    ends = np.stack([joint, np.array([6.4, 1.1, 9.6]), np.array([6.2, 5.0, 10.9])])
    return starts, ends, np.array([[0.55, 0.5], [0.5, 0.35], [0.425, 0.3]])


def in_hull(
    a: Floats, b: Floats, radii: Floats, x: Floats, y: Floats, z: Floats
) -> NDArray[np.bool_]:
    """Tell which lattice points lie in some ball between two: by many balls."""
    inside = np.zeros((len(z), len(y), len(x)), bool)
    for f in np.linspace(0, 1, 120):
        centre, radius = a + f * (b - a), radii[0] + f * (radii[1] - radii[0])
        gap = (
            (x[None, None] - centre[0]) ** 2
            + (y[None, :, None] - centre[1]) ** 2
            + (z[:, None, None] - centre[2]) ** 2
        )
        inside |= gap <= radius**2
    return inside


def test_a_joint_errs_by_less_than_a_hundredth_against_voxels_of_10_micrometres() -> (
    None
):
    starts, ends, radii = fork()
    # 12 pixels about the joint, seven voxels to a pixel.
    first, wide, voxel = (37, 44), 12, 0.01
    x = first[1] * PITCH + (np.arange(wide * 7) + 0.5) * voxel
    y = first[0] * PITCH + (np.arange(wide * 7) + 0.5) * voxel
    z = np.arange(9.3, 10.8, voxel)
    inside = np.zeros((len(z), len(y), len(x)), bool)
    for a, b, r in zip(starts, ends, radii, strict=True):
        inside |= in_hull(a, b, r, x, y, z)
    true = inside.sum(axis=0).reshape(wide, 7, wide, 7).mean(axis=(1, 3)) * voxel
    image = shadow(starts, ends, radii, 100)
    got = image[first[0] : first[0] + wide, first[1] : first[1] + wide]
    assert true.min() > 0.3
    np.testing.assert_allclose(got, true, rtol=0.03)
    assert got.sum() / true.sum() == pytest.approx(1, abs=0.01)
    summed = sum(
        shadow(starts[i : i + 1], ends[i : i + 1], radii[i : i + 1], 100)
        for i in range(3)
    )
    assert np.asarray(summed)[42, 50] > 1.5 * image[42, 50]


@few
@given(st.floats(1.2, 6.0), st.floats(1.2, 5.0), st.floats(0.5, 6.0))
def test_a_ray_meets_the_same_forth_and_back(x: float, y: float, across: float) -> None:
    starts, ends, radii = fork()
    sdd = 650.0
    source, pixel = np.array([across, 3.0, sdd]), np.array([x, y, 0.0])
    turn, lift = np.array([1.0, 1.0, -1.0]), np.array([0.0, 0.0, sdd])
    one = np.ones(3)

    def ray(a: Floats, b: Floats, focus: Floats, at: Floats) -> float:
        frame = np.array([at[0] - 0.005, at[1] - 0.005, 0.01])
        return float(cast(a, b, radii, one, NONE, focus, frame, 1, 1, 1, 0.0)[0, 0, 0])

    there = ray(starts, ends, source, pixel)
    back = ray(starts * turn + lift, ends * turn + lift, pixel * turn + lift, source)
    assert back == pytest.approx(there, abs=2e-4)


@few
@given(st.floats(0.02, 0.4), st.floats(0, np.pi), st.floats(0, 1))
def test_energy_is_kept_to_a_thousandth(
    radius: float, angle: float, phase: float
) -> None:
    opacity, side = 0.0025, 160
    middle = np.array([5.6 + phase * PITCH, 5.6, 10.0])
    along = 4 * np.array([np.cos(angle), np.sin(angle), 0])
    a, b = (middle - along)[None], (middle + along)[None]
    radii = np.array([[radius, radius]])
    source = np.array([5.6, 5.6, 1e9])

    def through(pitch: float, cells: int, sub: int) -> float:
        frame = np.array([0.0, 0.0, pitch])
        mass = cast(
            a, b, radii, np.array([300.0]), NONE, source, frame, cells, cells, sub,
            opacity,
        )[1]  # fmt: skip
        return float(np.exp(-opacity * mass.astype(float)).sum()) * pitch**2

    fine = through(PITCH / 8, side * 8, 1)
    assert through(PITCH, side, 2) == pytest.approx(fine, rel=1e-3)

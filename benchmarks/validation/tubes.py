"""The duct projector: volume, joints, mirror, reciprocity, and transmission."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.validation.sections import Row, Section, figure, png
from galactograph.kernels.shadows import cast
from galactograph.seeds import stream

Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]
PITCH = 0.07
NO_BALLS = np.zeros((0, 5))
FAR_MM = 1e9


def shadow(  # noqa: PLR0913
    starts: Floats,
    ends: Floats,
    radii: Floats,
    shape: tuple[int, int],
    *,
    pitch: float = PITCH,
    sub: int = 2,
    source: Floats | None = None,
    opacity: float = 0.0,
    strength: float = 1.0,
) -> Pixels:
    """Cast capsules; (3, rows, columns)."""
    away = np.array([shape[1] * pitch / 2, shape[0] * pitch / 2, FAR_MM])
    found = cast(
        starts,
        ends,
        radii,
        np.full(len(starts), strength),
        NO_BALLS,
        away if source is None else source,
        np.array([0.0, 0.0, pitch]),
        *shape,
        sub,
        opacity,
    )
    return np.asarray(found)


def capsule_volume(length: Floats, radius: Floats) -> Floats:
    """Return the volume of round-ended cylinders."""
    return np.pi * radius**2 * length + 4 / 3 * np.pi * radius**3


def conservation(count: int = 1500) -> list[tuple[str, float]]:
    """Return simulated over true volume of many separate ducts, by calibre."""
    rng = stream(3, "tubes")
    bands = [(0.02, 0.1), (0.1, 0.3), (0.3, 1.0), (1.0, 2.5)]
    found = []
    for low, high in bands:
        radius = np.exp(rng.uniform(np.log(low / 2), np.log(high / 2), count))
        length = rng.uniform(2, 8, count)
        turn, rise = rng.uniform(0, 2 * np.pi, count), rng.uniform(-1, 1, count)
        flat = np.sqrt(1 - rise**2)
        along = np.column_stack([flat * np.cos(turn), flat * np.sin(turn), rise])
        middle = rng.uniform(12, 58, (count, 3))
        # Each at a depth of its own: nothing is united.
        middle[:, 2] = 20 + 8.0 * (np.arange(count) % 50)
        half = 0.5 * length[:, None] * along
        radii = np.column_stack([radius, radius])
        image = np.zeros((1000, 1000))
        # As few at a time as one ray can hold.
        for block in np.array_split(np.arange(count), count // 50):
            a, b = middle[block] - half[block], middle[block] + half[block]
            image += shadow(a, b, radii[block], (1000, 1000))[0]
        total = float(image.sum()) * PITCH**2
        true = float(capsule_volume(length, radius).sum())
        found.append((f"{low:g} to {high:g} mm", total / true))
    return found


def fork(radius: float = 0.5) -> tuple[Floats, Floats, Floats]:
    """Return a trunk and two branches that meet: starts, ends, radii."""
    joint = np.array([3.5, 3.0, 10.0])
    trunk = np.array([0.6, 3.1, 10.2])
    left, right = np.array([6.4, 1.1, 9.6]), np.array([6.2, 5.0, 10.9])
    starts = np.stack([trunk, joint, joint])
    ends = np.stack([joint, left, right])
    radii = np.array([[1.1, 1.0], [1.0, 0.7], [0.85, 0.6]]) * radius
    return starts, ends, radii


def voxel_reference(voxel: float = 0.01, pixels: int = 100) -> Pixels:
    """Return the path through the same fork in voxels of 10 micrometres, 2-D mean.

    A voxel counts where its middle lies in the solid; PITCH is seven voxels.
    """
    starts, ends, radii = fork()
    side = round(PITCH / voxel)
    x = np.asarray((np.arange(pixels * side) + 0.5) * voxel, np.float64)
    out = np.zeros((pixels, pixels), np.float32)
    depth = np.arange(9.0, 11.6, voxel) + voxel / 2
    for row in range(pixels):
        y = np.asarray((row * side + np.arange(side) + 0.5) * voxel, np.float64)
        inside = np.zeros((len(depth), side, len(x)), bool)
        for a, b, (ra, rb) in zip(starts, ends, radii, strict=True):
            inside |= _in_cone(a, b, ra, rb, (x, y, depth))
        out[row] = inside.sum(axis=0).reshape(side, pixels, side).mean((0, 2)) * voxel
    return out


def _in_cone(
    a: Floats, b: Floats, ra: float, rb: float, axes: tuple[Floats, Floats, Floats]
) -> NDArray[np.bool_]:
    """Tell which points of a lattice lie in the hull of two balls."""
    x, y, z = axes
    along = b - a
    long = float(along @ along)
    dx, dy, dz = x[None, None] - a[0], y[None, :, None] - a[1], z[:, None, None] - a[2]
    t = (dx * along[0] + dy * along[1] + dz * along[2]) / long
    away2 = np.maximum(dx**2 + dy**2 + dz**2 - t**2 * long, 0)
    # Slide along the axis to the ball that reaches farthest: t + k rho.
    slope = (ra - rb) / np.sqrt(long)
    slide = slope / np.sqrt(1 - slope**2) * np.sqrt(away2 / long)
    best = np.clip(t - slide, 0, 1)
    gap2 = away2 + (t - best) ** 2 * long
    return np.asarray(gap2 <= (ra + best * (rb - ra)) ** 2)


def reciprocity(rays: int = 300) -> float:
    """Return the largest difference between a ray's path forth and back, mm."""
    rng = stream(4, "reciprocity")
    starts, ends, radii = fork(radius=1.0)
    sdd, worst = 650.0, 0.0
    source = np.array([3.0, 4.0, sdd])
    turn = np.array([1.0, 1.0, -1.0])
    for _ in range(rays):
        pixel = np.array([rng.uniform(1, 6.2), rng.uniform(1, 5.2), 0.0])
        frame = np.array([*(pixel[:2] - 0.005), 0.01])
        there = _one_ray(starts, ends, radii, source, frame)
        # The same ray with the source where the pixel was, the height turned over.
        back_frame = np.array([*(source[:2] - 0.005), 0.01])
        lifted = np.array([0.0, 0.0, sdd])
        back = _one_ray(
            starts * turn + lifted,
            ends * turn + lifted,
            radii,
            pixel * turn + lifted,
            back_frame,
        )
        worst = max(worst, abs(there - back))
    return worst


def _one_ray(
    starts: Floats, ends: Floats, radii: Floats, source: Floats, frame: Floats
) -> float:
    one = np.ones(len(starts))
    found = cast(starts, ends, radii, one, NO_BALLS, source, frame, 1, 1, 1, 0.0)
    return float(found[0, 0, 0])


def mirror() -> float:
    """Return the largest difference between a fork and its mirror image, mm."""
    starts, ends, radii = fork()
    wide = 100 * PITCH
    source = np.array([wide / 2, 1.0, 650.0])
    turn, move = np.array([-1.0, 1.0, 1.0]), np.array([wide, 0.0, 0.0])
    there = shadow(starts, ends, radii, (100, 100), source=source)[0]
    here = shadow(
        starts * turn + move, ends * turn + move, radii, (100, 100), source=source
    )[0]
    return float(np.abs(there - here[:, ::-1]).max())


def section() -> Section:
    """Return the laws of the duct projector."""
    rows = [
        Row(
            what=f"volume under the shadow over true, calibre {band}",
            measured=f"{ratio:.5f}",
            asked="1, within 0.1 %",
            source="law",
            passed=abs(ratio - 1) < 1e-3,
        )
        for band, ratio in conservation()
    ]
    starts, ends, radii = fork()
    true = voxel_reference()
    got = shadow(starts, ends, radii, (100, 100))[0]
    apart = sum(
        shadow(starts[i : i + 1], ends[i : i + 1], radii[i : i + 1], (100, 100))[0]
        for i in range(3)
    )
    near = np.hypot(*(np.indices(true.shape).T - [42.4, 49.5]).T) < 12
    scale = float(true[near].mean())
    error = float((got - true)[near].mean()) / scale
    spread = float(np.sqrt(((got - true)[near] ** 2).mean())) / scale
    double = float((apart - true)[near].mean()) / scale
    rows += [
        Row(
            what="joint: mean error of the path, 12 pixels about it",
            measured=f"{100 * error:+.3f} %",
            asked="within 1 %",
            source="own voxels of 10 um",
            passed=abs(error) < 0.01,
        ),
        Row(
            what="joint: root mean square error of the path",
            measured=f"{100 * spread:.2f} %",
            asked="under 1 %",
            source="own voxels of 10 um",
            passed=spread < 0.01,
        ),
        Row(
            what="joint: error if branches were summed",
            measured=f"{100 * double:+.1f} %",
            asked="why they are united",
            source="own voxels of 10 um",
        ),
        Row(
            what="mirror: largest difference, mm",
            measured=f"{mirror():.1e}",
            asked="under 1e-4",
            source="law",
            passed=mirror() < 1e-4,
        ),
        Row(
            what="reciprocity: largest difference of a ray forth and back, mm",
            measured=f"{reciprocity():.1e}",
            asked="under 1e-4",
            source="law",
            passed=reciprocity() < 1e-4,
        ),
    ]
    return Section(
        name="tubes",
        title="Duct projector",
        how=(
            "The running kernel: 1500 separate round-ended ducts in each band at any "
            "angle, 2 x 2 rays a pixel of 0.07 mm; a fork of three tapered ducts "
            "against voxels of 10 micrometres; the same fork mirrored; single rays "
            "with source and pixel exchanged."
        ),
        rows=tuple(rows),
        picture=_draw(got, true, apart),
        caption=(
            "A fork: cast, its error against voxels of 10 um, and the error if its "
            "branches were summed (mm)."
        ),
    )


def _draw(got: Pixels, true: Pixels, apart: Pixels) -> bytes:
    drawn = figure(3, width=9.5, height=2.9)
    for axes, image, title, limit in zip(
        drawn.axes,
        (got, got - true, apart - true),
        ("path, mm", "error, mm", "error if summed, mm"),
        (None, 0.05, 1.0),
        strict=True,
    ):
        axes.grid(visible=False)
        shown = axes.imshow(
            image,
            cmap="gray" if limit is None else "RdBu_r",
            vmin=0 if limit is None else -limit,
            vmax=limit,
        )
        axes.set(title=title, xticks=[], yticks=[])
        drawn.colorbar(shown, ax=axes, shrink=0.85)
    return png(drawn)

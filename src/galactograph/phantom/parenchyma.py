"""Fat lobules, their walls, and the gland between them, in a breast at rest.

A breast is divided into compartments, 5 to 15 mm wide. Those under the skin stand
side by side, so that the walls between them, Cooper's ligaments, run to the skin;
the bag of walls behind them bounds the gland. Glandular tissue lines the walls: as
a film towards the skin and the chest wall, and so thick along the lobes behind the
nipple that lobules drown in it. Its border is roughened by power-law noise whose
fibres run towards the nipple.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage, spatial

from galactograph.kernels import compartments, runs
from galactograph.phantom.anatomy import Build
from galactograph.values.arrays import Floats
from galactograph.values.parenchyma import Parenchyma
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Balls

Pixels = NDArray[np.float32]

EXPONENT = 3.0
"""Power-law exponent of mammograms; source: Burgess 1999, near 3 (remembered)."""

SMOOTH_MM = 1.5
"""Pitch of the smooth fields; assumed."""

NOISE = 128
"""Edge of the periodic noise, in its pixels."""

NOISE_MM = 0.32
"""Pitch of the noise: its finest waves are two pixels long; assumed."""

COARSE_MM = 12.0
"""Usual width of a compartment; source: fat lobules 5 to 15 mm (assumed)."""


def power_law(
    shape: tuple[int, ...],
    *,
    exponent: float,
    longest: float,
    rng: np.random.Generator,
) -> Pixels:
    """Return a random field, mean 0 and deviation 1, with power spectrum f^-exponent.

    Parameters
    ----------
    shape
        Two or three lengths.
    exponent
        Of power against frequency.
    longest
        Wavelength in pixels above which the spectrum is flat.
    """
    white = rng.standard_normal(shape, dtype=np.float32)
    spectrum = fft.rfftn(white, workers=2)
    axes = [fft.fftfreq(n) for n in shape[:-1]] + [fft.rfftfreq(shape[-1])]
    square = np.full(spectrum.shape, 1 / longest**2, np.float32)
    for part in np.ix_(*[f.astype(np.float32) ** 2 for f in axes]):
        square += part
    square.flat[0] = 1  # the mean is taken out below; its power may not overflow
    spectrum *= square ** np.float32(-exponent / 4)
    field: Pixels = fft.irfftn(spectrum, shape, workers=2)
    field -= field.mean()
    field /= field.std()
    return field


def _noise(rng: np.random.Generator) -> NDArray[np.int8]:
    """Return the periodic texture; see `Parenchyma.noise`."""
    field = power_law((NOISE,) * 3, exponent=2.6, longest=10 / NOISE_MM, rng=rng)
    return np.clip(np.round(40 * field), -127, 127).astype(np.int8)


def _seeds(
    rest_mm: tuple[float, float], rng: np.random.Generator
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the middle of each compartment, and which lie under the skin."""
    a, d = rest_mm
    # Under the skin: a spiral over the half-ellipsoid, shaken.
    count = int(2 * np.pi * a * a / 11.5**2)
    up = (np.arange(count) + 0.5) / count
    turn = np.arange(count) * np.pi * (3 - np.sqrt(5))
    v = np.column_stack(
        [np.sqrt(1 - up**2) * np.cos(turn), up, np.sqrt(1 - up**2) * np.sin(turn)]
    )
    v += rng.normal(0, 3.0 / a, v.shape)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    shell = v * (1 - rng.uniform(4.5, 9.5, count) / a)[:, None]
    shell = shell[np.hypot(v[:, 0], v[:, 2]) * a > 13]
    # Inside: a shaken lattice with gaps, so that compartments differ in size.
    axis = np.arange(-1.2 * a, 1.2 * a, COARSE_MM)
    grid = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
    grid = grid + rng.uniform(-0.48, 0.48, grid.shape) * COARSE_MM
    grid = grid[rng.random(len(grid)) < 0.8] / [a, d, a]
    q = np.linalg.norm(grid, axis=1)
    grid = grid[(q < 1 - 11 / a) & (grid[:, 1] > -0.15)]
    both = np.concatenate([shell, grid]) * [a, -d, a] + [0, d, 0]
    return both, np.arange(len(both)) < len(shell)


def _lattice(rest_mm: tuple[float, float]) -> tuple[Floats, Floats, Floats]:
    """Return x, y, z of the smooth lattice's nodes, for broadcasting."""
    a, d = rest_mm
    half, deep = int(np.ceil(a / SMOOTH_MM)), int(np.ceil(d / SMOOTH_MM)) + 1
    across = np.arange(-half, half + 1) * SMOOTH_MM
    y = np.arange(deep) * SMOOTH_MM
    return across[None, None, :], y[None, :, None], across[:, None, None]


def _plenty(
    rest_mm: tuple[float, float],
    trees: tuple[DuctTree, ...],
    rng: np.random.Generator,
) -> Pixels:
    """Return how much gland there is, mm, up to a constant: float32, (K, J, I).

    source: gland in a cone behind the nipple, 65 % of it within 30 mm of the
    nipple's base (remembered); fat under the skin and before the chest wall.
    """
    a, d = rest_mm
    x, y, z = _lattice(rest_mm)
    q = np.sqrt((x / a) ** 2 + (z / a) ** 2 + (1 - y / d) ** 2)
    shape = q.shape
    cloudy = power_law(shape, exponent=EXPONENT, longest=30 / SMOOTH_MM, rng=rng)
    patchy = power_law(shape, exponent=EXPONENT, longest=60 / SMOOTH_MM, rng=rng)
    lateral = np.hypot(x, z)
    under_skin = (1 - q) * a
    # Gland comes to the areola; elsewhere fat lies under the skin.
    fat = (8.5 + 2.5 * patchy) * np.clip(lateral / 16 - 0.35, 0, 1)
    wish = 1.5 * cloudy - 1.3 * np.clip(fat - under_skin, 0, None)
    far = np.sqrt(lateral**2 + y**2) + 1e-6
    toward = np.zeros(shape)
    # Lobes are not alike: some have gone to fat.
    for tree, share in zip(trees, rng.uniform(0.45, 1.15, len(trees)), strict=True):
        axis = tree.points_mm.mean(axis=0)
        axis /= np.linalg.norm(axis) + 1e-9
        cosine = (x * axis[0] + y * axis[1] + z * axis[2]) / far
        toward = np.maximum(
            toward, share * np.exp(-(1 - np.clip(cosine, -1, 1)) / 0.07)
        )
    wish += 4.5 * toward - 5.0 * np.clip(y / d - 0.55, 0, 1) / 0.3
    wish -= 3.0 * np.clip(lateral / a - 0.45, 0, 1) / 0.3
    # Ducts run in gland.
    near = np.ones(shape, bool)
    for tree in trees:
        p = np.round(tree.points_mm / SMOOTH_MM).astype(int)
        p += [shape[2] // 2, 0, shape[0] // 2]
        inside = np.all((p >= 0) & (p < [shape[2], shape[1], shape[0]]), axis=1)
        near[p[inside, 2], p[inside, 1], p[inside, 0]] = False
    away = ndimage.distance_transform_edt(near) * SMOOTH_MM
    wish += 2.5 * np.exp(-((away / 6.0) ** 2)) + 3.0 * np.exp(-((away / 2.2) ** 2))
    plenty: Pixels = wish.astype(np.float32)
    return plenty


def _with_masses(
    smooth: Pixels,
    rest_mm: tuple[float, float],
    masses: Balls,
    rng: np.random.Generator,
) -> Pixels:
    """Return the smooth fields with dense, uneven balls added."""
    if not len(masses.radii_mm):
        return smooth
    x, y, z = _lattice(rest_mm)
    rough = power_law(smooth.shape[:3], exponent=3.5, longest=8.0, rng=rng)
    denser = smooth.copy()
    for centre, radius in zip(masses.centres_mm, masses.radii_mm, strict=True):
        away = np.sqrt(
            (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
        )
        into = (radius * (1 + 0.12 * rough) - away) / SMOOTH_MM
        # Twelve millimetres of plenty drown any lobule.
        denser[..., 3] = np.where(
            into > -1,
            np.maximum(denser[..., 3], 12 * np.clip(into, -1, 1)),
            denser[..., 3],
        )
    return denser


def measure(parenchyma: Parenchyma, points_mm: Floats) -> tuple[Floats, Floats]:
    """Return by how much points (N, 3) at rest are gland, mm, and how far walls are.

    A point is glandular where the first, (N,), is positive.
    """
    p = parenchyma
    found = compartments.look_up(
        np.ascontiguousarray(points_mm, float),
        p.smooth,
        p.pitch_mm,
        p.noise,
        p.noise_mm,
    )
    tree = spatial.cKDTree(p.seeds_mm)
    away, owner = tree.query(found[:, :3], k=2)
    apart = np.linalg.norm(p.seeds_mm[owner[:, 0]] - p.seeds_mm[owner[:, 1]], axis=1)
    wall = (away[:, 1] ** 2 - away[:, 0] ** 2) / (2 * apart + 1e-6)
    value = found[:, 3] + p.plenty_mm[owner[:, 0]] - wall
    value += p.roughness_mm * found[:, 4]
    return value, wall


def develop(
    build: Build,
    rest_mm: tuple[float, float],
    trees: tuple[DuctTree, ...],
    masses: Balls,
    *,
    rng: np.random.Generator,
) -> Parenchyma:
    """Return the parenchyma of a breast at rest.

    Parameters
    ----------
    build
        Its density and texture.
    rest_mm
        Radius and depth at rest.
    trees
        Ducts of each lobe; gland follows them.
    masses
        Dense balls among it.
    rng
        The source of chance.
    """
    a, d = rest_mm
    seeds, skin = _seeds(rest_mm, rng)
    wish = _plenty(rest_mm, trees, rng)
    smooth = np.empty((*wish.shape, 4), np.float32)
    for c in range(3):
        bend = power_law(wish.shape, exponent=5.5, longest=18 / SMOOTH_MM, rng=rng)
        smooth[..., c] = 1.7 * build.texture * bend
    smooth[..., 3] = wish
    plenty = rng.normal(0, 3.2, len(seeds)) - 2.0 * skin
    parenchyma = Parenchyma(
        pitch_mm=SMOOTH_MM,
        smooth=smooth,
        seeds_mm=seeds,
        plenty_mm=plenty,
        noise=_noise(rng),
        noise_mm=NOISE_MM,
        roughness_mm=1.9 * build.texture,
        muscle=(
            float(rng.uniform(5, 19)),
            float(rng.uniform(-30, 10)),
            float(rng.uniform(0, 3)),
        ),
    )
    v = rng.normal(size=(20000, 3))
    v *= (rng.random(len(v)) ** (1 / 3) / np.linalg.norm(v, axis=1))[:, None]
    inside = np.column_stack([a * v[:, 0], d - d * np.abs(v[:, 1]), a * v[:, 2]])
    value, wall = measure(parenchyma, inside)
    # Walls are half as thick on either side; what they hold is not left to gland.
    thick = build.texture * runs.wall_thickness(rng.random(len(wall)))
    walls = float(np.mean(wall < thick / 2))
    wanted = max((build.density - walls) / (1 - walls), 0.002)
    level = np.quantile(value, 1 - wanted)
    smooth = _with_masses(smooth, rest_mm, masses, rng)
    return replace(parenchyma, smooth=smooth, plenty_mm=plenty - level)

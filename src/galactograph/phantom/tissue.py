"""Fat and gland: where glandular tissue lies, and its texture in a projection.

Anatomical texture follows a power law f^-b in mammograms with b near 3
(source: Burgess 1999, remembered). A section of an isotropic field keeps the
exponent of the volume's spectrum, so coarse structure is a volume with exponent 3
that every view projects, and finer structure is drawn for each view in the plane.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from galactograph.phantom.outline import Compression
from galactograph.values.arrays import Floats
from galactograph.values.truth import Breast, Slab

Pixels = NDArray[np.float32]

EXPONENT = 3.0
"""Power-law exponent of the projected texture; source: module docstring."""

SKIN_MM = 1.5
"""source: 1.45 +/- 0.30 mm on breast CT, Huang 2008 (remembered)."""


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


def gland_volume(
    rest_mm: tuple[float, float],
    fraction: float,
    pitch_mm: float,
    *,
    rng: np.random.Generator,
) -> Pixels:
    """Return glandular fraction at rest, (z, y, x), with mean `fraction` inside.

    Gland lies in a cone behind the nipple, with fat under the skin and before the
    chest wall; source: 65 % of it within 30 mm of the nipple base (remembered).
    """
    a, d = rest_mm
    half, deep = int(np.ceil(a / pitch_mm)), int(np.ceil(d / pitch_mm)) + 1
    across = (np.arange(-half, half + 1) * pitch_mm).astype(np.float32)
    y = (np.arange(deep) * pitch_mm).astype(np.float32)
    lateral = np.hypot(across[:, None, None], across[None, None, :])
    depth = y[None, :, None]
    q = np.sqrt((lateral / a) ** 2 + (1 - depth / d) ** 2)
    shape = (len(across), deep, len(across))
    noise = power_law(shape, exponent=EXPONENT, longest=30 / pitch_mm, rng=rng)
    fine = power_law(shape, exponent=EXPONENT, longest=9 / pitch_mm, rng=rng)
    off = rng.normal(0, 0.1 * a, 2)
    aside = np.hypot(across[:, None, None] - off[0], across[None, None, :] - off[1]) / (
        0.30 * a + 0.55 * np.minimum(depth, 0.55 * d)
    )
    prior = 1.4 - 1.6 * aside**2 - 2.5 * np.clip(depth / d - 0.55, 0, 1) / 0.3
    wish = noise + 0.7 * fine + 1.2 * prior - 30 * np.clip(q - 0.86, 0, 1)
    inside = q < 1
    low, high = -12.0, 12.0
    for _ in range(30):
        level = (low + high) / 2
        mean = float((1 / (1 + np.exp(-2.2 * (wish[inside] - level)))).mean())
        low, high = (level, high) if mean > fraction else (low, level)
    gland: Pixels = (1 / (1 + np.exp(-2.2 * (wish - level)))).astype(np.float32)
    return gland


def _coarse(breast: Breast, map_: Compression, x: Floats, y: Floats) -> Floats:
    """Return the mean glandular fraction along the beam at slab positions."""
    layers = np.linspace(-0.93, 0.93, 24)
    total = np.zeros(x.shape)
    half = breast.gland.shape[0] // 2
    for share in layers:
        p = map_.relax(x, y, float(share)) / breast.gland_mm
        place = [p[..., 2] + half, p[..., 1], p[..., 0] + half]
        total += ndimage.map_coordinates(breast.gland, place, order=1, mode="nearest")
    mean: Floats = total / len(layers)
    return mean


def _nipple_mm(breast: Breast, map_: Compression, x: Floats, y: Floats) -> Floats:
    """Return the thickness of the nipple, a rounded peg in profile."""
    radius, length = breast.nipple_mm
    ahead = np.clip((x - (map_.depth_mm + length - radius)) / radius, 0, 1)
    # The areola rises towards the nipple: its base is half as wide again.
    base = radius * (1 + 0.5 * np.exp(-np.clip(x - map_.depth_mm + 4, 0, None) / 2.5))
    wide = np.clip(base**2 * (1 - ahead**2) - y**2, 0, None)
    peg: Floats = 2 * np.sqrt(wide) * (x > map_.depth_mm - 2 * radius)
    return peg


def lay(
    breast: Breast,
    map_: Compression,
    pitch_mm: float,
    texture: float,
    *,
    rng: np.random.Generator,
) -> tuple[tuple[float, float], Pixels, Pixels, Pixels]:
    """Lay out the tissue of one view on a raster.

    Returns
    -------
    corner_mm, adipose_mm, gland_mm, skin_mm
        Centre of the first pixel in the slab frame, then thickness along vertical
        rays, float32 (rows, columns) each.
    """
    reach = map_.radius_mm + 4
    xs = np.arange(-2, map_.depth_mm + breast.nipple_mm[1] + 4, pitch_mm)
    ys = np.arange(-reach, reach, pitch_mm)
    x, y = np.meshgrid(xs, ys)
    s = map_.normalised(np.maximum(x, 0), y)
    body = np.where(s < 1, 2 * map_.height_mm(s), 0)
    grown = 1 + 2 * SKIN_MM / (map_.radius_mm + map_.depth_mm)
    inner = np.where(s * grown < 1, 2 * map_.height_mm(s * grown) - 2 * SKIN_MM, 0)
    inner = np.clip(inner, 0, None)
    nipple = _nipple_mm(breast, map_, x, y)
    whole = np.maximum(body, nipple)
    share = _share(breast, map_, (xs, ys), texture, rng)
    share = np.maximum(share, _pectoral(map_, x, y, rng))
    gland = inner * share
    skin = whole - inner
    return (
        (float(xs[0]), float(ys[0])),
        (inner - gland).astype(np.float32),
        gland.astype(np.float32),
        skin.astype(np.float32),
    )


def _pectoral(
    map_: Compression, x: Floats, y: Floats, rng: np.random.Generator
) -> Floats:
    """Return the share of each ray in the pectoral muscle: a wedge at the top.

    Only views from the side show it. source: muscle attenuates much as gland does
    (design); reaches half-way down in an oblique, less in a lateral view (assumed).
    """
    wide, reach = rng.uniform(5, 19), rng.uniform(-30, 10)
    bow = rng.uniform(0, 3)
    if abs(map_.beam[0]) < 0.5:
        return np.zeros_like(x)
    slanted = abs(map_.beam[1]) > 0.5
    oblique = 2.2 if slanted else 1.0
    reach = reach + 30 if slanted else reach
    top = float(y.min())
    down = np.clip((reach - y) / (reach - top), 0, 1)
    edge = oblique * wide * down + bow * np.sin(np.pi * down)
    share: Floats = 0.7 * np.clip((edge - x) / 2.5, 0, 1) * (down > 0)
    return share


def _share(
    breast: Breast,
    map_: Compression,
    axes: tuple[Floats, Floats],
    texture: float,
    rng: np.random.Generator,
) -> Floats:
    """Return the glandular fraction of each raster pixel, coarse and fine."""
    xs, ys = axes
    pitch = float(xs[1] - xs[0])
    step = max(round(1.5 / pitch), 1)
    cx, cy = np.meshgrid(xs[::step], ys[::step])
    coarse = _coarse(breast, map_, np.maximum(cx, 0), cy)
    rows, columns = len(ys), len(xs)
    where = np.meshgrid(
        np.arange(rows) / step, np.arange(columns) / step, indexing="ij"
    )
    share = ndimage.map_coordinates(coarse, where, order=3, mode="nearest")
    shape = (rows, columns)
    cloudy = power_law(shape, exponent=EXPONENT, longest=14 / pitch, rng=rng)
    septa = _septa(axes, map_, rng)
    wild = texture * (0.17 * cloudy + 0.25 * septa)
    # On a logistic scale dense gland keeps its texture instead of saturating.
    odds = np.clip(share, 0.002, 0.93)
    odds = odds / (1 - odds) * np.exp(1.3 * wild)
    mixed: Floats = odds / (1 + odds)
    mixed = mixed + texture * (1 - mixed) * (0.11 * septa + 0.02 * cloudy)
    return np.clip(mixed, 0.0, 1.0)


# Septa: wavelength mm, relative width, weight. source: fat lobules 5 to 15 mm wide
# with septa a few tenths of a millimetre thick (assumed from mammograms).
_SEPTA = (
    (40.0, 0.17, 2.2),
    (22.0, 0.10, 1.2),
    (11.0, 0.09, 0.8),
    (6.0, 0.10, 0.5),
)


def _septa(
    axes: tuple[Floats, Floats], map_: Compression, rng: np.random.Generator
) -> Floats:
    """Return thin curved lines, about 0 to 2: where smooth random fields change sign.

    The fields are drawn in polar coordinates about a point before the nipple, so
    that septa run towards it as ducts and ligaments do.
    """
    xs, ys = axes
    apex = map_.depth_mm + 30
    x, y = np.meshgrid(apex - xs, ys)
    along = (0.6 * np.hypot(x, y)).astype(np.float32)
    around = (110 * np.arctan2(y, x)).astype(np.float32)
    around -= around.min()
    along -= along.min()
    total = np.zeros(x.shape)
    for longest, width, weight in _SEPTA:
        step = longest / 24
        shape = (int(around.max() / step) + 2, int(along.max() / step) + 2)
        field = power_law(shape, exponent=7.0, longest=24 / 2, rng=rng)
        strength = power_law(shape, exponent=5.0, longest=24.0, rng=rng)
        line = np.exp(-np.abs(field) / width) * np.clip(0.35 + 0.75 * strength, 0, 2)
        total += weight * cv2.remap(
            line.astype(np.float32), along / step, around / step, cv2.INTER_LINEAR
        )
    return total


def add_masses(slab_mm: Floats, radii_mm: Floats, raster: Slab) -> Pixels:
    """Return the gland map with dense balls added: (K, 3) places, (K,) radii."""
    gland = raster.gland_mm.copy()
    rows, columns = gland.shape
    x = raster.corner_mm[0] + raster.pitch_mm * np.arange(columns)
    y = raster.corner_mm[1] + raster.pitch_mm * np.arange(rows)
    for centre, radius in zip(slab_mm, radii_mm, strict=True):
        square = (x[None] - centre[0]) ** 2 + (y[:, None] - centre[1]) ** 2
        chord = 2 * np.sqrt(np.clip(radius**2 - square, 0, None))
        gland += 0.8 * ndimage.gaussian_filter(chord, 1.0 / raster.pitch_mm)
    whole = raster.gland_mm + raster.adipose_mm
    limited: Pixels = np.minimum(gland, whole).astype(np.float32)
    return limited

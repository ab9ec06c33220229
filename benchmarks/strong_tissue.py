"""Tissue as strong as in mammograms made for display, laid over simulated views.

In real mammograms that were made for display the tissue between 0.15 and 1.2 mm stands
8, 21, 52 and 113 times over what noise alone makes of the same scale; in simulated ones
2 to 3 times less, and with fewer strands (measured on two real and ten simulated
pictures, an octave each). What is said of a finding must hold in both, so it is counted
in both. The layer is grain whose power falls with the cube of frequency, and strands
that run towards the nipple, as ligaments and vessels do.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from galactograph.ducts.background import prepare
from galactograph.seeds import stream
from galactograph.values.arrays import Bools, Floats
from galactograph.values.report import Nipple
from galactograph.values.study import Role, Study, View

SCALE_MM = 0.3
"""The layer is as strong as asked in the octave between this and twice of it."""

WEAKEST, STRONGEST = 6.0, 26.0
"""Times the noise in that octave. source: simulated and real pictures, a fifth beyond
(measured)"""

_LONGEST_MM = 10.0
"""A reader takes longer waves away with the background. source: assumed"""

_STRANDS = 0.6
"""Share of the variance that strands make. source: gives the 99th percentile of 3.0
standard deviations that real tissue has in this octave (measured)"""

_PER_CM2 = 12.0
_STEP_MM, _CURL = 1.0, 0.05
_WIDTHS_MM = (0.1, 0.6)
_LENGTHS_MM = (8.0, 50.0)
"""Strands: how many, how they bend, half widths and lengths (assumed)."""

_PATCH_MM, _PATCHY = 8.0, 0.5
"""Gland lies in patches: their size, and the deviation of the logarithm of how strong
tissue is there (assumed)."""


def strengthened(study: Study, *, seed: int) -> Study:
    """Return a study whose views show stronger tissue, without its scouts.

    A scout would have to show the same tissue where it lay then.
    """
    rng = stream(seed, "tissue")
    times = float(np.exp(rng.uniform(np.log(WEAKEST), np.log(STRONGEST))))
    shown = [view for view in study.views if view.role is not Role.SCOUT]
    views = tuple(_laid_over(view, times, rng) for view in shown or study.views)
    return replace(study, views=views)


def _laid_over(view: View, times: float, rng: np.random.Generator) -> View:
    """Return a view with a layer of so many times its noise."""
    if view.image.pixels.ndim != 2:
        return view
    scene, mm = prepare(view), view.image.grid.pixel_mm
    tissue = layer(scene.breast, scene.nipple, scene.noise * times, mm, rng)
    pixels = (view.image.pixels + tissue).astype(np.float32)
    return replace(view, image=replace(view.image, pixels=pixels))


def layer(
    breast: Bools,
    nipple: Nipple | None,
    strength: float,
    pixel_mm: float,
    rng: np.random.Generator,
) -> Floats:
    """Return grain and strands over a breast, none beside it.

    Parameters
    ----------
    breast : (rows, columns)
    nipple
        Where most strands run to; anywhere if it is not known.
    strength
        What noise of a pixel would make as much in the octave of `SCALE_MM`.

    Notes
    -----
    Drawn on pixels twice as wide: what is finer than these is drowned by noise.
    """
    high, wide = breast.shape
    small = ((high + 1) // 2, (wide + 1) // 2)
    inner = cv2.resize(breast.astype(np.uint8), small[::-1]) > 0
    aim = None if nipple is None else np.array([nipple.row, nipple.column]) / 2
    drawn = _mixed(inner, aim, 2 * pixel_mm, rng)
    tissue = cv2.resize(drawn, (wide, high), interpolation=cv2.INTER_CUBIC)
    # White noise of one keeps so much of itself in the octave (derived).
    kept = np.sqrt(3 / 5 / (4 * np.pi)) * pixel_mm / SCALE_MM
    scaled: Floats = tissue * (
        strength * kept / float(octave(tissue, pixel_mm)[breast].std())
    )
    return scaled * breast


def octave(picture: Floats, pixel_mm: float) -> Floats:
    """Return what a picture holds between `SCALE_MM` and twice of it."""
    fine, coarse = (
        cv2.GaussianBlur(picture, (0, 0), sigma / pixel_mm)
        for sigma in (SCALE_MM, 2 * SCALE_MM)
    )
    return np.asarray(fine - coarse)


def _mixed(
    breast: Bools, nipple: Floats | None, pixel_mm: float, rng: np.random.Generator
) -> Floats:
    """Return grain and strands, each as strong as its share."""
    shape = breast.shape
    grain = _grain(shape, pixel_mm, rng)
    strands = _strands(breast, nipple, pixel_mm, rng)
    parts = [part / octave(part, pixel_mm)[breast].std() for part in (grain, strands)]
    mixed: Floats = np.sqrt(1 - _STRANDS) * parts[0] + np.sqrt(_STRANDS) * parts[1]
    return mixed * _patches(shape, pixel_mm, rng)


def _patches(
    shape: tuple[int, ...], pixel_mm: float, rng: np.random.Generator
) -> Floats:
    """Return how strong tissue is from place to place, about 1."""
    step = _PATCH_MM / 4 / pixel_mm
    small = [max(4, round(n / step)) for n in shape]
    slow = cv2.GaussianBlur(rng.standard_normal(small).astype(np.float32), (0, 0), 4)
    slow = np.exp(_PATCHY * slow / slow.std()).astype(np.float32)
    grown: Floats = cv2.resize(slow, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return grown


def _grain(shape: tuple[int, ...], pixel_mm: float, rng: np.random.Generator) -> Floats:
    """Return a field whose power falls with the cube of frequency."""
    high, wide = (cv2.getOptimalDFTSize(n) for n in shape)
    rows, columns = np.fft.fftfreq(high, pixel_mm), np.fft.rfftfreq(wide, pixel_mm)
    frequency = np.hypot(rows[:, None], columns[None, :]).astype(np.float32)
    longest = 1 / _LONGEST_MM
    power = np.where(frequency > longest, np.maximum(frequency, longest) ** -1.5, 0)
    wave = rng.standard_normal((high, wide), dtype=np.float32)
    field = np.fft.irfft2(np.fft.rfft2(wave) * power, (high, wide))
    cut: Floats = field[: shape[0], : shape[1]].astype(np.float32)
    return cut


def _strands(
    breast: Bools, nipple: Floats | None, pixel_mm: float, rng: np.random.Generator
) -> Floats:
    """Return thin bright lines, most of them on their way to the nipple."""
    rows, columns = np.nonzero(breast[::8, ::8])
    picture = np.zeros(breast.shape, np.float32)
    area_cm2 = len(rows) * (8 * pixel_mm / 10) ** 2
    for one in rng.integers(0, len(rows), round(_PER_CM2 * area_cm2)):
        start = np.array([rows[one], columns[one]]) * 8.0
        aim = rng.uniform(0, 2 * np.pi)
        if nipple is not None and rng.random() < 0.7:
            away = nipple - start
            aim = np.arctan2(away[0], away[1]) + rng.normal(0, 0.5)
        length, half = (
            float(np.exp(rng.uniform(*np.log(sizes))))
            for sizes in (_LENGTHS_MM, _WIDTHS_MM)
        )
        turns = np.cumsum(rng.normal(0, _CURL, max(3, round(length / _STEP_MM))))
        steps = np.column_stack([np.sin(aim + turns), np.cos(aim + turns)])
        line = start + np.cumsum(steps, axis=0) * _STEP_MM / pixel_mm
        _draw(picture, line, half / pixel_mm, half * rng.lognormal(0, 0.5))
    return picture


def _draw(picture: Floats, line: Floats, half: float, height: float) -> None:
    """Add one line of a round profile, faint at its ends."""
    edge = int(3 * half) + 2
    low = np.maximum(np.floor(line.min(0)).astype(int) - edge, 0)
    high = np.minimum(np.ceil(line.max(0)).astype(int) + edge + 1, picture.shape)
    if (high <= low).any():
        return
    part = np.zeros(tuple(high - low), np.float32)
    places = np.rint((line - low)[:, ::-1] * 16).astype(np.int32)
    fade = np.sin(np.linspace(0.15, np.pi - 0.15, len(line) - 1))
    for begin, end, bright in zip(places[:-1], places[1:], fade, strict=True):
        cv2.line(part, begin, end, float(bright), 1, cv2.LINE_8, 4)
    part = cv2.GaussianBlur(part, (0, 0), half)
    most = float(part.max())
    if most > 0:
        picture[low[0] : high[0], low[1] : high[1]] += part * (height / most)

"""Noise by exposure, and the texture of backgrounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.validation import plates
from benchmarks.validation.sections import Row, Section, figure, png, within
from galactograph.phantom.anatomy import Anatomy
from galactograph.simulation import simulate
from galactograph.values.procedure import Exposure, Procedure
from galactograph.xray import control

Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]
STACK = {"pmma": 45.0}
DENSITIES = (0.08, 0.17, 0.35, 0.6)
"""Glandular fractions of four women, fatty to dense."""

SIDE = 512


def variance(exposure: Exposure) -> tuple[float, float]:
    """Return the variance of signal in units of mAs, and the signal.

    Half the variance of the difference of two pictures: the fixed pattern goes.
    """
    panel = plates.bare(exposure, 400)
    level = plates.passed(exposure, STACK, np.zeros((1, 1), np.float32), "pmma")
    primary = np.broadcast_to(level, (400, 400)).astype(np.float32)
    pair = [
        plates.take(primary, panel, STACK, name=f"pair {exposure.mas}", number=n)
        for n in range(2)
    ]
    gain = exposure.mas / 16000
    apart = (pair[0].astype(float) - pair[1]) * gain
    return float(apart.var() / 2), float(pair[0].mean() * gain)


def exposure_section() -> Section:
    """Return the variance against exposure."""
    base = control.technique("hologic", 53, 0.29)
    mas = base.mas * np.array([0.1, 0.25, 0.5, 1.0, 1.5, 2.0])
    found = np.array([variance(replace(base, mas=float(m))) for m in mas])
    slope, start = np.polyfit(mas, found[:, 0], 1)
    line = start + slope * mas
    spread = found[:, 0] - found[:, 0].mean()
    r2 = 1 - ((found[:, 0] - line) ** 2).sum() / (spread**2).sum()
    log_slope = float(np.polyfit(np.log(mas), np.log(found[:, 0]), 1)[0])
    signal = float(np.polyfit(np.log(mas), np.log(found[:, 1]), 1)[0])
    drawn = figure(1, width=4.6)
    axes = drawn.axes[0]
    axes.plot(mas, found[:, 0] / found[3, 0], "o")
    axes.plot(mas, line / found[3, 0], "C1")
    axes.set(xlabel="mAs", title="Variance over that at the control's mAs")
    rows = (
        Row(
            what="r squared of a straight line, variance against mAs",
            measured=f"{r2:.5f}",
            asked="over 0.999",
            source="law",
            passed=bool(r2 > 0.999),
        ),
        Row(
            what="exponent of variance with mAs",
            measured=f"{log_slope:.3f}",
            asked="1, within 0.02",
            source="law of quanta; electronic noise lowers it a little",
            passed=within(log_slope, 0.98, 1.02),
        ),
        Row(
            what="exponent of signal with mAs",
            measured=f"{signal:.4f}",
            asked="1, within 0.005",
            source="law",
            passed=within(signal, 0.995, 1.005),
        ),
    )
    return Section(
        name="noise",
        title="Noise and exposure",
        how=(
            "Pairs of flat pictures behind 45 mm of PMMA, Hologic class, from a tenth "
            "to twice the mAs of exposure control; signal scaled by mAs."
        ),
        rows=rows,
        picture=png(drawn),
        caption="Variance of the signal grows with exposure in proportion.",
    )


def spectrum(image: Pixels, pixel_mm: float) -> tuple[Floats, Floats]:
    """Return frequencies and the radial power spectrum of a square."""
    window = np.hanning(len(image))
    flat = (image - image.mean()) * window[:, None] * window[None]
    power = np.abs(np.fft.fft2(flat)) ** 2 * pixel_mm**2 / (window**2).sum() ** 2
    f = np.fft.fftfreq(len(image), pixel_mm)
    r = np.hypot(f[None], f[:, None])
    edges = np.geomspace(0.08, 6.0, 32)
    number = np.digitize(r.ravel(), edges)
    total = np.bincount(number, power.ravel(), len(edges) + 1)[1:-1]
    count = np.bincount(number, minlength=len(edges) + 1)[1:-1]
    kept = count > 0
    centre = np.sqrt(edges[1:] * edges[:-1])
    return centre[kept], total[kept] / count[kept]


def thickest_square(image: Pixels) -> Pixels:
    """Return the SIDE x SIDE square of the picture that is farthest from air."""
    from scipy import ndimage

    inside = np.pad(image > 0.5, 1)
    inside[:, 0] = inside[:, 1]
    inside[:, -1] = inside[:, -2]
    away = ndimage.distance_transform_cdt(inside[::8, ::8], "chessboard")
    row, column = np.unravel_index(np.argmax(away), away.shape)
    top = int(np.clip(row * 8 - SIDE // 2, 0, image.shape[0] - SIDE))
    left = int(np.clip(column * 8 - SIDE // 2, 0, image.shape[1] - SIDE))
    return image[top : top + SIDE, left : left + SIDE]


def backgrounds_section() -> Section:
    """Return the exponent of the power spectrum of scouts."""
    rows, lines, crops = [], [], []
    for number, density in enumerate(DENSITIES):
        made = simulate(
            seed=8_400_100 + number,
            anatomy=Anatomy(lesion="normal", density=density, thickness_mm=55.0),
            procedure=Procedure(exposures=(Exposure(contrast=False, mas=120.0),)),
        )
        view = made.study.views[0]
        square = thickest_square(view.image.pixels)
        per_mm, power = spectrum(square, view.image.grid.pixel_mm)
        kept = (per_mm > 0.1) & (per_mm < 1.0)
        beta = -float(np.polyfit(np.log(per_mm[kept]), np.log(power[kept]), 1)[0])
        rows.append(
            Row(
                what=f"exponent of the background, glandular fraction {density:g}",
                measured=f"{beta:.2f}",
                asked="1.5 to 3.5, mean 2.8",
                source="Burgess (found)",
                passed=within(beta, 1.5, 3.5),
            )
        )
        lines.append((density, per_mm, power, beta))
        crops.append(square[::2, ::2])
    mean = float(np.mean([line[3] for line in lines]))
    rows.append(
        Row(
            what="exponent, mean of four women",
            measured=f"{mean:.2f}",
            asked="2.5 to 3.2",
            source="Burgess (found)",
            passed=within(mean, 2.5, 3.2),
        )
    )
    return Section(
        name="backgrounds",
        title="Texture of backgrounds",
        how=(
            "Scouts of four women of 55 mm, log attenuation, a square of 36 mm "
            "farthest from air; slope of the radial power spectrum from 0.1 to 1/mm."
        ),
        rows=tuple(rows),
        picture=_draw(lines, crops),
        caption="Power spectra of simulated backgrounds, and the squares they are of.",
    )


def _draw(
    lines: list[tuple[float, Floats, Floats, float]], crops: list[Pixels]
) -> bytes:
    drawn = figure(3, width=10.0, height=3.2)
    axes, first, second = drawn.axes
    for density, per_mm, power, beta in lines:
        axes.loglog(per_mm, power, label=f"{density:g}: {beta:.2f}")
    axes.axvspan(0.1, 1.0, color="0.92")
    axes.set(xlabel="1/mm", title="Power, mm$^2$")
    axes.legend(frameon=False, fontsize=8, title="gland, exponent", title_fontsize=8)
    for place, number in ((first, 1), (second, 3)):
        low, high = np.percentile(crops[number], [0.5, 99.5])
        place.imshow(crops[number], cmap="gray", vmin=low, vmax=high)
        place.grid(visible=False)
        place.set(xticks=[], yticks=[], title=f"gland {lines[number][0]:g}")
    return png(drawn)

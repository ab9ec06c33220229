"""Where an image shows nothing but air: the large even region at its edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_EVEN = 0.06
"""Half-width of an even region, as a fraction of the image's span: room for the heel
effect and the noise of direct exposure (assumed)."""

_LEAST_SHARE = 0.08
"""Fraction of the image that a region must cover to count (assumed)."""

_DOMINANT = 4.0
"""How much larger one end's region must be than the other's (assumed)."""

_FRAME = 0.9
"""Fraction of both opposite edges that only a collimator's shadow fills (assumed)."""


@dataclass(frozen=True)
class Air:
    """An even region that can only be air.

    Attributes
    ----------
    low
        True if its values are the smallest of the image, False if the largest.
    level
        Its median.
    share
        Fraction of the image that it covers.
    side
        Edge that it fills most: "left", "right", "top" or "bottom".
    """

    low: bool
    level: float
    share: float
    side: str


def thinned(pixels: NDArray[np.generic], most: int = 500) -> NDArray[np.generic]:
    """Return every n-th row and column, so that the shorter side has at most `most`."""
    step = max(1, -(-min(pixels.shape) // most))
    return pixels[::step, ::step]


def find_air(values: NDArray[np.float64]) -> Air | None:
    """Find the air of an image, (rows, columns); NaN is left out (padding).

    None if no region is large and even enough at just one end of the scale, or if
    it runs along two whole opposite edges, as the shadow of a collimator does.
    """
    kept = values[np.isfinite(values)]
    if kept.size < 64:
        return None
    low, high = np.quantile(kept, [0.005, 0.995])
    if not high > low:
        return None
    level = (values - low) / (high - low)
    ends = {is_low: _region(level, low_end=is_low) for is_low in (True, False)}
    shares = {is_low: region[0] for is_low, region in ends.items()}
    is_low = shares[True] >= shares[False]
    share, centre, edges = ends[is_low]
    if share < _LEAST_SHARE or share < _DOMINANT * shares[not is_low]:
        return None
    if (
        min(edges["left"], edges["right"]) > _FRAME
        or min(edges["top"], edges["bottom"]) > _FRAME
    ) and min(edges.values()) > 0.5:
        return None
    side = max(edges, key=lambda name: edges[name])
    return Air(is_low, float(low + centre * (high - low)), share, side)


def _region(
    level: NDArray[np.float64], *, low_end: bool
) -> tuple[float, float, dict[str, float]]:
    """Return share, level and filled fraction of each edge of one end's region."""
    width = max(1, min(level.shape) // 50)
    strips = {
        "left": level[:, :width],
        "right": level[:, -width:],
        "top": level[:width],
        "bottom": level[-width:],
    }
    border = np.concatenate([strip.ravel() for strip in strips.values()])
    near = border < 0.25 if low_end else border > 0.75
    if near.sum() < 0.1 * border.size:
        return 0.0, 0.0, dict.fromkeys(strips, 0.0)
    centre = float(np.median(border[near]))
    share = float((np.abs(level - centre) < _EVEN).sum()) / level.size
    edges = {
        name: float((np.abs(strip - centre) < _EVEN).mean())
        for name, strip in strips.items()
    }
    return share, centre, edges


def air_counts(counts: NDArray[np.float64]) -> float:
    """Estimate the detector's reading in plain air from a For Processing image.

    Counts are linear in intensity. Air is taken as the fullest bin (2 % wide) of the
    upper half of the scale, or the 99.5th centile if that is larger by a quarter.
    A wrong level moves every attenuation by one constant, and no contrast.

    Returns
    -------
    float
        In counts; > 0.
    """
    kept = counts[np.isfinite(counts) & (counts > 0)]
    if not kept.size:
        return 1.0
    top = float(np.quantile(kept, 0.995))
    upper = np.log(kept[(kept > 0.4 * top) & (kept < 1.3 * top)])
    bins = np.arange(upper.min(), upper.max() + 0.04, 0.02)
    tally = np.convolve(np.histogram(upper, bins)[0], np.ones(3), "same")
    mode = float(np.exp(bins[tally.argmax()] + 0.01))
    return mode if mode > 0.75 * top else top

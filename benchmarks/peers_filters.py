"""Line filters that others take today, each as image in, strength out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.filters import frangi, meijering, sato
from skimage.morphology import skeletonize

from benchmarks.chain import SIGMAS_PX

SHARES = (0.005, 0.01, 0.02, 0.035, 0.06, 0.1, 0.16)
"""Thresholds that are tried: the strongest so many of the breast's pixels."""

LEAST_PX = 20
"""Smaller specks are dropped: no duct, and it helps every filter. source: assumed"""

F4 = NDArray[np.float32]
Masks = NDArray[np.bool_]
Filter = Callable[[F4], F4]


def _of_skimage(function: Callable[..., Any]) -> Filter:
    def strength(image: F4) -> F4:
        found = function(image, sigmas=SIGMAS_PX, black_ridges=False)
        return np.asarray(found, np.float32)

    return strength


def objectness(image: F4) -> F4:
    """Return ITK's objectness for tubes, the greatest of five scales.

    Raises
    ------
    ImportError
        If SimpleITK is not installed; one sentence says what to do.
    """
    try:
        import SimpleITK as Itk
    except ImportError:
        raise ImportError(
            "ITK's tubeness is left out: SimpleITK is not installed; "
            "pip install 'galactograph[bench]'"
        ) from None
    best = np.zeros(image.shape, np.float32)
    for sigma in SIGMAS_PX:
        # Times the square of the scale, so that scales can be compared.
        scaled = Itk.GetImageFromArray(image * np.float32(sigma**2))
        soft = Itk.SmoothingRecursiveGaussian(scaled, sigma)
        tubes = Itk.ObjectnessMeasure(soft, objectDimension=1, brightObject=True)
        np.maximum(best, Itk.GetArrayFromImage(tubes).astype(np.float32), out=best)
    return best


FILTERS: dict[str, Filter] = {
    "scikit-image frangi": _of_skimage(frangi),
    "scikit-image sato": _of_skimage(sato),
    "scikit-image meijering": _of_skimage(meijering),
    "ITK objectness (tubeness)": objectness,
}


def strengths(image: F4) -> Iterator[tuple[str, F4, float]]:
    """Yield name, strength and CPU seconds of every filter that is installed."""
    for name, function in FILTERS.items():
        begin = time.process_time()
        try:
            found = function(image)
        except ImportError as missing:
            print(f"  {missing}", flush=True)
            continue
        yield name, found, time.process_time() - begin


def masks_of(strength: F4, inside: Masks) -> Iterator[tuple[float, Masks]]:
    """Yield share and mask of each threshold, within the breast, specks left out."""
    values = strength[inside]
    for share in SHARES:
        least = float(np.quantile(values, 1 - share))
        mask = (inside & (strength >= max(least, 1e-12))).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        large = stats[:, cv2.CC_STAT_AREA] >= LEAST_PX
        large[0] = False
        yield share, large[labels]


def skeleton_of(mask: Masks) -> Masks:
    """Return the middle lines of a mask."""
    return np.asarray(skeletonize(mask), bool)


def cl_dice(found: Masks, true: Masks) -> float:
    """Return the centreline Dice of two masks, in [0, 1].

    source: Shit et al. 2021, CVPR (remembered); definition as in reading.md 1.5
    """
    lines = [skeleton_of(found), skeleton_of(true)]
    if not lines[0].any() or not lines[1].any():
        return 0.0
    right, kept = (
        float(other[line].mean())
        for line, other in zip(lines, (true, found), strict=True)
    )
    return harmonic(right, kept)


def harmonic(one: float, other: float) -> float:
    """Return the harmonic mean; 0 if both are."""
    return 2 * one * other / max(one + other, 1e-12)


def area(strength: F4, true: Masks, inside: Masks) -> float:
    """Return the area under the ROC curve of pixels."""
    values, wanted = strength[inside], true[inside]
    # Equal values share a rank: filters leave many pixels at zero.
    found, which, count = np.unique(values, return_inverse=True, return_counts=True)
    del found
    rank = np.cumsum(count) - (count - 1) / 2
    above = rank[which][wanted].sum() - wanted.sum() * (wanted.sum() + 1) / 2
    return float(above / (wanted.sum() * (~wanted).sum()))


def dice(found: Masks, true: Masks) -> float:
    """Return the Dice of two masks."""
    return float(2 * (found & true).sum() / max(found.sum() + true.sum(), 1))

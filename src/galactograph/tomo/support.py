"""Where the breast can be: nowhere that any projection sees air."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.tomo.operators import Operator

Pixels = NDArray[np.float32]

IN_BREAST = 0.1
"""Log attenuation from which a ray meets the breast; air has 0 and 1 mm of fat 0.05;
assumed."""

_COARSE_MM = 0.8
"""Lattice on which the outline is kept; assumed."""


def support(projections: Pixels, operator: Operator) -> Pixels:
    """Return how surely each place lies in the breast, (K, h, w) in [0, 1].

    A ray that sees air crosses no breast, so a voxel on it is air; of all views the
    least sure one rules. The lattice is that of the straightened slices, coarser.

    Parameters
    ----------
    projections : float32, (P, rows, columns)
        Natural log attenuation.
    operator
        Geometry of the sweep and of the slices.
    """
    rows, columns = operator.sweep.shape
    step = max(round(_COARSE_MM / operator.sweep.pixel_mm), 1)
    wide, tall = -(-columns // step), -(-rows // step)
    seen = [
        cv2.resize(
            (image > IN_BREAST).astype(np.float32),
            (wide, tall),
            interpolation=cv2.INTER_AREA,
        )
        for image in projections
    ]
    scale = np.array([columns / wide, rows / tall])
    out = np.ones((len(operator.heights_mm), tall, wide), np.float32)
    for k, height in enumerate(operator.heights_mm):
        for source, image in zip(operator.sweep.sources_mm, seen, strict=True):
            change = _change(operator, source, float(height), scale)
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            cast = cv2.warpAffine(
                image,
                change,
                (wide, tall),
                flags=flags,
                borderMode=cv2.BORDER_REPLICATE,
            )
            np.minimum(out[k], cast, out=out[k])
    return out


def _change(
    operator: Operator, source: NDArray[np.floating], height: float, scale: Pixels
) -> NDArray[np.float64]:
    """Return the affine from coarse slice pixels to coarse panel pixels, (2, 3)."""
    grid, sweep = operator.grid, operator.sweep
    m = source[2] / (source[2] - height)
    change = np.zeros((2, 3))
    for axis in range(2):
        corner, pitch = sweep.corner_mm[axis], sweep.pixel_mm
        # Corner-origin pixels on both sides, so that coarse ones scale plainly.
        begin = grid.origin_mm[axis] - grid.pixel_mm / 2
        stretch = m * grid.pixel_mm / pitch
        start = (source[axis] + (begin - source[axis]) * m - corner) / pitch
        change[axis, axis] = stretch
        change[axis, 2] = 0.5 * stretch + start / scale[axis] - 0.5
    return change


def carve(volume: Pixels, inside: Pixels) -> None:
    """Set what lies outside the breast to zero, in place, with a soft edge.

    Parameters
    ----------
    volume : float32, (K, rows, columns)
        Straightened slices.
    inside : float32, (K, h, w)
        From `support`.
    """
    size = (volume.shape[2], volume.shape[1])
    for k, share in enumerate(inside):
        # At half a share the outline runs through the coarse pixel.
        soft = cv2.resize(share, size, interpolation=cv2.INTER_LINEAR)
        volume[k] *= np.clip(2 * soft - 0.5, 0, 1)

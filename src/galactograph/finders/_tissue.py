"""How restless the tissue beside the ducts is: what lies over a duct does as much.

Strands of gland, ligaments and vessels cross the ducts and run beside them. What they
do to a lumen looks like a body, a throat or a wall; how much of that there is can be
seen where no duct lies.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import cv2
import numpy as np

from galactograph.values.arrays import Floats
from galactograph.values.report import Reading

_SCALE_MM = 0.3
"""Tissue is looked at between this size and twice of it: that of small bodies and
narrow ducts. source: design page (bodies of 0.3 to 3 mm)"""

_STEP_MM = 0.15
"""Pixels for it. source: half of the finest size, assumed"""

_ABOUT_MM = 8.0
"""Half the side of the neighbourhood. source: assumed; some ducts wide"""

_CLEAR_MM = 1.6
"""Beside the wall of a duct so much is left out. source: the octave smears it so far
(derived)"""

_LEAST_SHARE = 0.02
"""Of the neighbourhood that must be free of ducts; else the whole breast tells."""

USUAL_PER_MM = 100.0
"""Contrast of a millimetre of lumen over the deviation of tissue, in calm pictures.
source: measured on simulated studies"""

_LEAST = 0.02

_KEPT: WeakKeyDictionary[Reading, Floats] = WeakKeyDictionary()


def calm(reading: Reading, row: float, column: float) -> float:
    """Return contrast over tissue at a place, as a share of the usual, in (0, 1].

    1 where the opacity of contrast is not known.
    """
    if reading.opacity_per_mm <= 0:
        return 1.0
    if reading not in _KEPT:
        _KEPT[reading] = _deviation(reading)
    kept = _KEPT[reading]
    at = [
        int(np.clip(place * some / every, 0, some - 1))
        for place, some, every in zip(
            (row, column), kept.shape, reading.scene.excess.shape, strict=True
        )
    ]
    ratio = reading.opacity_per_mm / max(float(kept[at[0], at[1]]), 1e-9)
    return float(np.clip(ratio / USUAL_PER_MM, _LEAST, 1.0))


def _deviation(reading: Reading) -> Floats:
    """Return the deviation of tissue about every place, on coarse pixels."""
    scene, mm = reading.scene, reading.view.image.grid.pixel_mm
    factor = max(1, int(_STEP_MM / mm))
    high, wide = (max(1, n // factor) for n in scene.excess.shape)
    picture, free = (
        cv2.resize(each, (wide, high), interpolation=cv2.INTER_AREA)
        for each in (scene.excess, scene.breast.astype(np.float32))
    )
    step = mm * factor
    reach = 2 * round(3 * _SCALE_MM / step) + 1
    free = cv2.erode(free, np.ones((reach, reach), np.uint8))
    for duct in reading.ducts:
        radii = (duct.calibre_mm / 2 + _CLEAR_MM) / step
        places = np.column_stack([duct.columns, duct.rows]) / factor
        for place, radius in zip(np.rint(places).astype(int), radii, strict=True):
            cv2.circle(free, place.tolist(), round(radius), 0.0, -1)
    fine, coarse = (
        cv2.GaussianBlur(picture, (0, 0), size / step)
        for size in (_SCALE_MM, 2 * _SCALE_MM)
    )
    square = np.square(fine - coarse) * free
    usual = float(square.sum() / max(float(free.sum()), 1.0))
    size = 2 * round(_ABOUT_MM / step) + 1
    share, mean = (cv2.blur(each, (size, size)) for each in (free, square))
    local = np.where(share > _LEAST_SHARE, mean / np.maximum(share, 1e-9), usual)
    return np.asarray(np.sqrt(local), float)

"""Pictures without a header: PNG, TIFF and JPEG."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from galactograph.dicom.air import find_air, thinned
from galactograph.dicom.files import Item
from galactograph.dicom.frames import MOST_PIXELS
from galactograph.dicom.headers import foreign
from galactograph.dicom.labels import Labels, inferred, overridden
from galactograph.dicom.spacing import Spacing
from galactograph.errors import Unreadable
from galactograph.values.codes import Laterality
from galactograph.values.geometry import Grid
from galactograph.values.image import Image
from galactograph.values.study import GreyScale, View

_GREY = {"1": 1.0, "L": 255.0, "I;16": 65535.0, "I;16B": 65535.0, "I": 65535.0}
_FORMATS = ("PNG", "TIFF", "JPEG")


def load_picture(
    item: Item, spacing: Spacing, laterality: Laterality | None, position: str | None
) -> View:
    """Load a grey picture; bright is taken as dense unless its air is bright.

    Raises
    ------
    Unreadable
        If it is damaged, in colour, too large or has several pages.
    """
    stored, full = _pixels(item)
    notes = [
        "A picture without a header: only the order of its grey levels is certain."
    ]
    sample = thinned(stored).astype(np.float64)
    air = find_air(sample)
    if air is None:
        notes.append("No air was found to tell bright from dark: bright is dense.")
    pixels = stored.astype(np.float32) / np.float32(full)
    if air is not None and not air.low:
        notes.append("Air is bright in this picture: it was inverted.")
        pixels = 1 - pixels
    labels = inferred(Labels(), item.path.stem, "the file name")
    labels = overridden(labels, laterality, position)
    return View(
        image=Image(
            pixels=pixels,
            grid=Grid(
                shape=pixels.shape,
                spacing_mm=spacing.mm,
                spacing_kind=spacing.kind,
            ),
        ),
        source=item.source,
        grey_scale=GreyScale.DISPLAY,
        laterality=labels.laterality,
        position=labels.position,
        notes=(*notes, *spacing.notes, *labels.notes),
    )


def _pixels(item: Item) -> tuple[NDArray[np.generic], float]:
    """Return the stored grey levels, and the level of full white."""
    trouble = "is a damaged picture; save it again."
    with foreign(item.source, trouble), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Pillow.open(item.path, formats=_FORMATS) as picture:
            _check(item, picture)
            picture.load()
            full = _GREY.get(picture.mode, 255.0)
            stored = np.asarray(picture)
    if stored.ndim == 3:
        stored = _one_channel(item, stored)
    if stored.dtype.kind in "iu" and stored.dtype.itemsize > 2:
        stored = np.clip(stored, 0, 65535).astype(np.uint16)
    if stored.dtype == bool:
        stored = stored.astype(np.uint8)
    return stored, full


def _check(item: Item, picture: Pillow.Image) -> None:
    columns, rows = picture.size
    if rows * columns > MOST_PIXELS:
        raise Unreadable(
            f"{item.source}: is too large ({rows} x {columns} pixels; at most "
            f"{MOST_PIXELS // 10**6} million); make it smaller."
        )
    if getattr(picture, "n_frames", 1) != 1:
        raise Unreadable(f"{item.source}: has several pages; give one picture a file.")
    if picture.mode not in (*_GREY, "RGB", "RGBA", "LA"):
        raise Unreadable(
            f"{item.source}: is a picture of kind {picture.mode}; save it as 8 or 16 "
            "bit grey."
        )


def _one_channel(item: Item, stored: NDArray[np.generic]) -> NDArray[np.generic]:
    channels = stored[..., : 3 if stored.shape[2] >= 3 else 1]
    if not (channels == channels[..., :1]).all():
        raise Unreadable(f"{item.source}: is a colour picture; save it as grey.")
    return np.ascontiguousarray(channels[..., 0])

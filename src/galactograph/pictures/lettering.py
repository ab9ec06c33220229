"""Words burned into pixels."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

Corner = Literal["top left", "top right", "bottom left", "bottom right"]


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font, so that no system font is needed."""
    return ImageFont.load_default(size=size)


def letter(
    image: NDArray[np.uint8],
    words: str,
    at: tuple[float, float],
    *,
    size: int,
    colour: tuple[int, int, int] = (242, 242, 242),
    anchor: str = "ls",
) -> NDArray[np.uint8]:
    """Return a copy of an RGB picture with words at (x, y), edged in black.

    Parameters
    ----------
    image : uint8, (rows, columns, 3)
        The picture.
    anchor
        Pillow's text anchor: "ls" puts the left end of the baseline at `at`.
    """
    kind, edge = font(size), max(1, size // 12)
    box = kind.getbbox(words, anchor=anchor, stroke_width=edge)
    rows, columns = image.shape[:2]
    left, top = (max(0, int(a + b) - 1) for a, b in zip(at, box[:2], strict=True))
    right = min(columns, int(at[0] + box[2]) + 2)
    bottom = min(rows, int(at[1] + box[3]) + 2)
    written = image.copy()
    if left >= right or top >= bottom:
        return written
    # Only the words' own box goes through Pillow: pictures are large.
    sheet = Pillow.fromarray(image[top:bottom, left:right])
    ImageDraw.Draw(sheet).text(
        (at[0] - left, at[1] - top),
        words,
        font=kind,
        fill=colour,
        anchor=anchor,
        stroke_width=edge,
        stroke_fill=(0, 0, 0),
    )
    written[top:bottom, left:right] = np.asarray(sheet)
    return written


def stamp(
    image: NDArray[np.uint8], words: str, corner: Corner, size: int
) -> NDArray[np.uint8]:
    """Return a copy with words in a corner; grey pictures stay grey."""
    grey = image.ndim == 2
    full = np.repeat(image[..., None], 3, axis=2) if grey else image
    rows, columns = image.shape[:2]
    margin = size * 0.6
    x = margin if "left" in corner else columns - margin
    y = margin if "top" in corner else rows - margin
    anchor = ("l" if "left" in corner else "r") + ("a" if "top" in corner else "d")
    written = letter(full, words, (x, y), size=size, anchor=anchor)
    return written[..., 0] if grey else written

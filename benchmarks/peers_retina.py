"""Line filters on retinal vessels: pictures that nobody's filter was made for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import pages, peers_filters
from benchmarks.implants import noise_of
from benchmarks.peers_filters import F4, Masks
from galactograph.ducts.segmentation import segment
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.image import Image
from galactograph.values.report import Scene
from galactograph.values.study import GreyScale, View

PIXEL_MM = 0.07
"""What a pixel is taken for: that of a mammogram, so that nothing is set anew."""

WIDEST_PX = 41
"""Opening that gives the background; wider than any vessel (15 pixels). assumed"""

RIM_PX = 10
"""Left out along the edge of the field. assumed"""

Figures = dict[str, Any]


def picture_of(path: Path) -> tuple[F4, Masks]:
    """Return how dark each pixel is against its surroundings, and the field of view."""
    colours = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR))
    green = colours[..., 1].astype(np.float32)
    field = (cv2.GaussianBlur(green, (0, 0), 3.0) > 20).astype(np.uint8)
    field = cv2.erode(field, np.ones((2 * RIM_PX + 1,) * 2, np.uint8), borderValue=0)
    dark = np.log(256 / (green + 1)).astype(np.float32)
    ground = cv2.morphologyEx(
        cv2.GaussianBlur(dark, (0, 0), 2.0),
        cv2.MORPH_OPEN,
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (WIDEST_PX, WIDEST_PX)),
    )
    excess = dark - cv2.GaussianBlur(ground, (0, 0), WIDEST_PX / 4)
    return np.where(field > 0, excess, 0).astype(np.float32), field > 0


def our_ridges(excess: F4, field: Masks) -> F4:
    """Return the strength of our own ridges, as they are for mammograms."""
    grid = Grid(
        shape=excess.shape,
        spacing_mm=(PIXEL_MM, PIXEL_MM),
        spacing_kind=SpacingKind.NONE,
    )
    view = View(
        image=Image(pixels=excess, grid=grid),
        source="retina",
        grey_scale=GreyScale.DISPLAY,
    )
    scene = Scene(
        excess=excess,
        # A retina has no skin that lines could be taken for.
        breast=np.ones_like(field),
        skin=np.zeros((0, 2)),
        chest_wall="left",
        nipple=None,
        noise=noise_of(excess, field, PIXEL_MM),
    )
    strength: F4 = segment(view, scene).probability
    return strength


def retina(folder: Path) -> Iterator[Figures]:
    """Yield for each picture and filter the area under ROC and the best Dice.

    `folder` holds `images/X.jpg` and `labels/X_1stHO.png`.
    """
    for path in sorted((folder / "images").glob("*.jpg")):
        label = folder / "labels" / f"{path.stem}_1stHO.png"
        drawn = np.asarray(cv2.imread(str(label), cv2.IMREAD_GRAYSCALE))
        true: Masks = drawn > 127
        excess, field = picture_of(path)
        maps = [("`galactograph`: its ridges alone", our_ridges(excess, field))]
        maps += [(name, some) for name, some, _ in peers_filters.strengths(excess)]
        for name, strength in maps:
            tried = [
                (peers_filters.dice(mask, true & field), mask)
                for _, mask in peers_filters.masks_of(strength, field)
            ]
            most, mask = max(tried, key=lambda pair: pair[0])
            yield {
                "picture": path.name,
                "name": name,
                "area": peers_filters.area(strength, true, field),
                "dice": most,
                "cl_dice": peers_filters.cl_dice(mask, true & field),
            }


def retina_table(rows: Sequence[Figures]) -> str:
    """Write the means over the pictures."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    pictures = len({row["picture"] for row in rows})
    told = [
        [
            name,
            *(
                f"{np.mean([r[key] for r in rows if r['name'] == name]):.3f}"
                for key in ("area", "dice", "cl_dice")
            ),
        ]
        for name in names
    ]
    head = [f"means over {pictures} retinas", "area under ROC", "best Dice", "clDice"]
    return pages.table(head, told)

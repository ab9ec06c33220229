# ruff: noqa: INP001
"""Draw one galactogram by tomosynthesis beside the radiograph of the same breast.

    python tools/draw_tomosynthesis.py OUT.png [--seed 7] [--machine siemens]

From left to right: the radiograph, three slices, the synthetic mammogram.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.machines import Tomosynthesis, shades, window
from galactograph.modalities import RADIOGRAPH, present
from galactograph.phantom.anatomy import Anatomy
from galactograph.simulation import simulate
from galactograph.tomo.machines import machine, machines
from galactograph.tomo.synthesis import synthetic
from galactograph.values.codes import Laterality
from galactograph.values.procedure import Exposure, Injection, Procedure
from galactograph.values.truth import Simulation

Shades = NDArray[np.uint8]
HEIGHT = 1000
"""Rows of the picture."""


def simulated(seed: int, unit: str | None) -> Simulation:
    """Simulate one filled CC view; the same seed, the same breast in any machine."""
    ordered = Procedure(
        laterality=Laterality.LEFT,
        injection=Injection(volume_ml=0.9),
        exposures=(Exposure(mas=120),),
    )
    modality = RADIOGRAPH if unit is None else Tomosynthesis(machine=machine(unit))
    return simulate(
        seed=seed,
        anatomy=Anatomy(lesion="papilloma"),
        procedure=ordered,
        modality=modality,
    )


def panel(
    picture: NDArray[np.floating], pixel_mm: float, nipple_row: float, words: str
) -> Shades:
    """Return 170 mm by 85 mm, the nipple's row in the middle, with words under it."""
    scale = HEIGHT / 170.0
    wide = round(85.0 * scale)
    step = pixel_mm * scale
    # Panel pixel = this times picture pixel, rows about the nipple.
    change = np.array([[step, 0.0, 0.0], [0.0, step, HEIGHT / 2 - step * nipple_row]])
    sharp = cv2.GaussianBlur(np.asarray(picture, np.float32), (0, 0), 0.4 / step)
    out = cv2.warpAffine(sharp, change, (wide, HEIGHT), flags=cv2.INTER_LINEAR)
    out = np.clip(out * 255, 0, 255).astype(np.uint8)
    write(out, words, HEIGHT - 16)
    return out


def write(image: Shades, words: str, row: int) -> None:
    """Write words into a picture, in place."""
    font, line = cv2.FONT_HERSHEY_SIMPLEX, cv2.LINE_AA
    cv2.putText(image, words, (14, row), font, 0.6, 235, 1, line)


def draw(seed: int, unit: str) -> Shades:
    """Return the whole strip."""
    plain, swept = simulated(seed, None), simulated(seed, unit)
    shot = plain.exposures[0]
    view = swept.study.views[0]
    if view.slices is None or view.depth is None:
        raise ValueError("no slices were made")
    grid = view.slices.grid
    pitch = plain.study.views[0].image.grid.pixel_mm
    row = plain.truths[0].nipple[0]
    strip = [panel(present(plain.counts[0], shot) / 4095, pitch, row, "radiograph")]
    shown = shades(view.slices)
    low, high = window(shown)
    truth = swept.truths[0]
    wide = truth.visible & (truth.calibre_mm > 0.3)
    rows, columns = np.round(truth.points[wide]).astype(int).T
    heights = view.depth[rows, columns]
    for share in (15, 50, 85):
        k = int(np.percentile(heights, share))
        picture = (shown[k].astype(np.float32) - low) / (high - low)
        words = f"slice {k + 1} of {len(shown)}, {machine(unit).title}"
        strip.append(panel(picture, grid.pixel_mm, truth.nipple[0], words))
    flat = synthetic(view.slices) / 4095
    strip.append(panel(flat, grid.pixel_mm, truth.nipple[0], "synthetic"))
    made = np.hstack(strip)
    write(made, "SIMULATED - research use only, not a medical device", 26)
    return made


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--machine", choices=sorted(machines()), default="siemens")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(options.out), draw(options.seed, options.machine))


if __name__ == "__main__":
    main()

"""See vessels of the retina with what was made for ducts: no retraining, no tuning.

    python -m benchmarks.retina --data DIR --pictures 6

DIR holds `retina/images` and the expert's masks in `retina/labels`. A guard against a
network that knows nothing but its simulator, no goal.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.ducts.background import excess_above, noise_of
from galactograph.ducts.network import USUAL_MM, look
from galactograph.ducts.ridges import Settings, enlarge, join, strengthen

F4 = NDArray[np.float32]
Masks = NDArray[np.bool_]

LARGER = 1.5
"""Pictures are enlarged: vessels of the retina are a few pixels wide."""


def seen(picture: F4, inside: Masks) -> dict[str, F4]:
    """Return what ridges and the network see, (H, W) each; vessels are bright."""
    excess = excess_above(picture, inside, USUAL_MM)
    fine, coarse = strengthen(excess, inside, USUAL_MM, Settings())
    join(fine, enlarge(coarse, excess.shape))
    chances = look(excess, inside, noise_of(excess, inside), USUAL_MM)
    return {
        "ridges": fine.strength,
        "network": np.maximum(chances.lumen, chances.line),
    }


def area(values: F4, truth: Masks) -> float:
    """Return the area under the curve: how often a vessel outranks the rest."""
    order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values))
    true = int(truth.sum())
    above = ranks[truth].sum() - true * (true - 1) / 2
    return float(above / (true * (len(values) - true)))


def overlap(values: F4, truth: Masks, level: float) -> float:
    """Return Dice's overlap of what lies above a level with the truth."""
    found = values > level
    return float(2 * (found & truth).sum() / max(found.sum() + truth.sum(), 1))


def main(arguments: list[str] | None = None) -> int:
    """Print the area under the curve, and the best overlap at one level for all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.retina", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=100, help="at most")
    options = parser.parse_args(arguments)
    kept: dict[str, list[tuple[F4, Masks]]] = {"ridges": [], "network": []}
    paths = sorted((options.data / "retina" / "images").glob("*.jpg"))
    for path in paths[: options.pictures]:
        label = options.data / "retina" / "labels" / f"{path.stem}_1stHO.png"
        green = np.asarray(cv2.imread(str(path)))[..., 1].astype(np.float32)
        mask: Any = cv2.imread(str(label), cv2.IMREAD_GRAYSCALE)
        field = cv2.erode((green > 12).astype(np.uint8), np.ones((15, 15), np.uint8))
        size = (round(green.shape[1] * LARGER), round(green.shape[0] * LARGER))
        large = cv2.resize(255 - green, size, interpolation=cv2.INTER_LINEAR)
        within = cv2.resize(field, size, interpolation=cv2.INTER_NEAREST) > 0
        back = green.shape[::-1]
        for name, values in seen(large, within).items():
            small = cv2.resize(values, back, interpolation=cv2.INTER_AREA)
            kept[name].append((small[field > 0], mask[field > 0] > 127))
    for name, pairs in kept.items():
        values, truth = (np.concatenate(part) for part in zip(*pairs, strict=True))
        levels = np.percentile(values, np.arange(75, 99.5, 0.5))
        best = max(overlap(values, truth, float(level)) for level in levels)
        print(
            f"{name}: area under the curve {area(values, truth):.3f}, "
            f"best Dice {best:.3f}, {len(pairs)} pictures"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

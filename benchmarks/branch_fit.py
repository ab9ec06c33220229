"""Fit what tells a branch from a strand (`branches.toml`).

    python -m benchmarks.branch_fit STUDY... [--ffdm DIR]   radiographs with truth

Of every walk of the trees that are chosen, kept or not, the share of its length that
lies on true duct is asked, each by its length. With `--ffdm` ducts are planted in the
mammograms there, too, at a third of the usual contrast and at the usual one. Prints
the table, and how well weights from one half tell the other half's branches.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from benchmarks import implants, worker
from benchmarks.mammograms import FFDM_MM, read_ffdm, stored_pixels
from galactograph.ducts import branches, tracing
from galactograph.ducts.links import link
from galactograph.ducts.weighing import Settings
from galactograph.trials.samples import Course, course, join, right_along
from galactograph.values.arrays import Floats
from galactograph.values.report import Reading

FIRST_SEED = 8_960_000
"""Of the trees that are planted; no table uses these."""
TREES = 6
CONTRASTS = (16.0, 36.0)
"""Noise units per mm of lumen (see `benchmarks.mammograms`)."""
LONGEST_MM = 8.0
"""Longer branches weigh no more (assumed)."""
RIDGE = 2.0
"""Weight of the squares of the weights (of features of unit spread)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Branches:
    """B branches: features (B, F), share that is right and length in mm (B,)."""

    features: Floats
    right: Floats
    length_mm: Floats


def branches_of(reading: Reading, true: Course) -> Branches:
    """Trace a view again, and tell how much of each walk is right."""
    scene, mm = reading.scene, reading.view.image.grid.pixel_mm
    chosen = Settings()
    lines = tracing.lines_of(scene, reading.duct_map, mm)
    linked = link(lines, pixel_mm=mm)
    walks, _, gauge = tracing.walked(lines, linked, scene, mm, chosen)
    features = branches.features_of(walks, scene, gauge, mm)
    courses = []
    for walk in walks:
        line, half, _ = tracing.resample(walk, chosen.step_px)
        above = np.arange(-1, len(line) - 1)
        courses.append(course(line, above, 2 * half * mm, pixel_mm=mm))
    every = join(courses)
    right = right_along(every, true, pixel_mm=mm)
    owner = np.repeat(np.arange(len(walks)), [len(one) for one in courses])
    whole = np.bincount(owner, every.mm, len(walks))
    good = np.bincount(owner, every.mm * right, len(walks))
    some = (whole > 0) & [walk.edge.seen for walk in walks]
    return Branches(
        features=features[some],
        right=good[some] / whole[some],
        length_mm=np.asarray(whole[some], float),
    )


def simulated(folders: list[Path]) -> Iterator[tuple[int, Branches]]:
    """Yield a half, and the branches of one view of a study."""
    import galactograph

    for number, folder in enumerate(folders):
        truth = json.loads((folder / "truth" / "truth.json").read_text("utf-8"))
        for reading in galactograph.read(folder).readings:
            about = worker.truth_of(reading, truth)
            if about is not None:
                true, _ = worker.courses(reading, about, truth)
                yield number % 2, branches_of(reading, true)


def planted(folder: Path) -> Iterator[tuple[int, Branches]]:
    """Yield a half, and the branches of ducts planted in one mammogram."""
    for path in sorted(folder.glob("*.png")):
        bare, stored = read_ffdm(path).readings[0], stored_pixels(path)
        noise = implants.noise_of(stored.astype(np.float32), bare.scene.breast, FFDM_MM)
        for seed in range(FIRST_SEED, FIRST_SEED + TREES):
            tree = implants.implant(bare, seed=seed)
            true = course(
                tree.points,
                tree.parents,
                tree.calibre_mm,
                pixel_mm=FFDM_MM,
                kept=tree.visible,
            )
            for contrast in CONTRASTS:
                with tempfile.TemporaryDirectory() as place:
                    file = Path(place) / "planted.png"
                    picture = implants.painted(
                        stored, tree, units_per_mm=contrast * noise
                    )
                    cv2.imwrite(str(file), picture)
                    reading = read_ffdm(file, path).readings[0]
                yield seed % 2, branches_of(reading, true)


def fit(some: list[Branches]) -> Floats:
    """Return the weights (F + 1,) that make what is right most likely."""
    x, right, weight = _together(some)
    middle, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    z = np.column_stack([(x - middle) / spread, np.ones(len(x))])

    def loss(beta: Floats) -> tuple[float, Floats]:
        odds = z @ beta
        lost = float((weight * (np.logaddexp(0, odds) - right * odds)).sum())
        slope = z.T @ (weight * (expit(odds) - right))
        slope[:-1] += 2 * RIDGE * beta[:-1]
        return lost + RIDGE * float(beta[:-1] @ beta[:-1]), slope

    found = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B").x
    slopes = found[:-1] / spread
    return np.append(slopes, found[-1] - slopes @ middle)


def surprise(some: list[Branches], weights: Floats) -> float:
    """Return the mean surprise at what is right, in nats."""
    x, right, weight = _together(some)
    odds = x @ weights[:-1] + weights[-1]
    return float((weight * (np.logaddexp(0, odds) - right * odds)).mean())


def _together(some: list[Branches]) -> tuple[Floats, Floats, Floats]:
    weight = np.concatenate([np.minimum(one.length_mm, LONGEST_MM) for one in some])
    return (
        np.concatenate([one.features for one in some]),
        np.concatenate([one.right for one in some]),
        weight / weight.mean(),
    )


def main() -> None:
    """Read the pictures, fit, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="*", type=Path)
    parser.add_argument("--ffdm", type=Path, help="folder of mammograms to plant in")
    options = parser.parse_args()
    halves: tuple[list[Branches], list[Branches]] = ([], [])
    for half, view in simulated(options.study):
        halves[half].append(view)
    for half, view in planted(options.ffdm) if options.ffdm else ():
        halves[half].append(view)
    for one, other in (halves, halves[::-1]):
        if one and other:
            print(f"# surprise on the other half: {surprise(other, fit(one)):.4f}")
    names = (*branches.FEATURES, "always")
    for name, value in zip(names, fit([*halves[0], *halves[1]]), strict=True):
        print(f"{name} = {value:.4f}")


if __name__ == "__main__":
    main()

"""Real mammograms without contrast: read as they are, and with ducts planted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import label, regionprops

import galactograph
from benchmarks import implants, scoring
from benchmarks.overlays import draw
from benchmarks.worker import BINS_MM, found_course
from galactograph.values.codes import Laterality
from galactograph.values.report import Reading, Report

FFDM_MM = 0.070

CONTRASTS = {
    24.0: "0.48 per mm over noise of 0.02: 220 mg/mL, or 300 diluted by a quarter",
    36.0: "0.72 per mm over noise of 0.02: 300 mg/mL behind a soft beam",
    48.0: "0.72 per mm over noise of 0.015: the same at 1.8 times the dose",
}
"""Noise units per mm of lumen, and what they stand for.

source: noise 0.02 at 2700 photons a pixel; 300 mg/mL 0.65 to 0.76 per mm by beam
(design, derived). A picture made for display keeps these ratios only roughly.
"""

Figures = dict[str, Any]


def stored_pixels(path: Path) -> NDArray[np.uint16]:
    """Load a grey picture of 16 bits as it is stored."""
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), np.uint16)


def read_ffdm(path: Path, source: Path | None = None) -> Report:
    """Read a mammogram named like `1_L_CC.png`; `source` gives the name if not it."""
    _, side, view = (source or path).stem.split("_")[:3]
    return galactograph.read(
        path, pixel_spacing_mm=FFDM_MM, laterality=Laterality(side), position=view
    )


def plain(paths: list[Path]) -> Iterator[Figures]:
    """Yield what is read in mammograms without contrast: ideally nothing."""
    for path in paths:
        report = read_ffdm(path)
        reading = report.readings[0]
        yield {
            "picture": path.name,
            "adequacy": reading.adequacy.status.value,
            "duct_mm": reading.total_length_mm,
            "findings": [finding.kind.word for finding in report.findings],
            "nipple_mm": _nipple_error(path, reading),
            "breast_share": float(reading.scene.breast.mean()),
        }


def marker(path: Path) -> tuple[float, float] | None:
    """Return row and column of the metal bead on the nipple, if there is one.

    It is white, round, and of 1 to 6 mm2.
    """
    stored = stored_pixels(path)
    beads = [
        region
        for region in regionprops(label(stored >= 0.99 * np.iinfo(stored.dtype).max))
        if 1 < region.area * FFDM_MM**2 < 6
        and region.eccentricity < 0.45
        and region.solidity > 0.93
    ]
    if len(beads) != 1:
        return None
    row, column = beads[0].centroid
    return float(row), float(column)


def _nipple_error(path: Path, reading: Reading) -> float | None:
    """Return mm from the nipple that was found to the bead on the real one."""
    bead, nipple = marker(path), reading.scene.nipple
    if bead is None or nipple is None:
        return None
    return FFDM_MM * float(np.hypot(nipple.row - bead[0], nipple.column - bead[1]))


def implanted(
    paths: list[Path], seeds: range, folder: Path, pictures: Path
) -> Iterator[Figures]:
    """Yield how well planted trees are traced, for each picture, seed and contrast.

    The pictures that are read go to `folder`, those to look at to `pictures`.
    """
    for path in paths:
        bare = read_ffdm(path).readings[0]
        stored = stored_pixels(path)
        noise = implants.noise_of(stored.astype(np.float32), bare.scene.breast, FFDM_MM)
        for seed in seeds:
            planted = implants.implant(bare, seed=seed)
            for contrast in CONTRASTS:
                picture = implants.painted(
                    stored, planted, units_per_mm=contrast * noise
                )
                file = folder / f"{path.stem}_{seed}_{contrast:.0f}.png"
                cv2.imwrite(str(file), picture)
                yield {
                    "picture": path.name,
                    "seed": seed,
                    "contrast": contrast,
                    **_score_implant(file, path, planted, pictures),
                }


def _score_implant(
    file: Path, source: Path, planted: implants.Implant, pictures: Path
) -> Figures:
    report = read_ffdm(file, source)
    reading = report.readings[0]
    true = scoring.course(
        planted.points,
        planted.parents,
        planted.calibre_mm,
        pixel_mm=FFDM_MM,
        kept=planted.visible,
    )
    found = found_course(reading)
    row, column = planted.points[0]
    about = {"nipple": {"row": row, "column": column}, "lesions": []}
    draw(reading, report, about, (true, found), pictures / file.name)
    return {
        "adequacy": reading.adequacy.status.value,
        "findings": [finding.kind.word for finding in report.findings],
        **scoring.score_ducts(true, found, pixel_mm=FFDM_MM, bins=BINS_MM),
    }

"""Make the gallery: simulated galactograms of every kind, with their truth marked.

    python -m benchmarks.gallery                 pictures to bench-out/gallery
    python -m benchmarks.gallery --write-docs    and into the documentation
    python -m benchmarks.gallery --only papilloma dbt

Seeds are of the gallery alone. Every picture is of a simulated woman.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.children import ROOT
from galactograph.machines import TOMOSYNTHESIS, shades, window
from galactograph.modalities import RADIOGRAPH, object_grid, present
from galactograph.phantom.anatomy import LESION_NAMES, Anatomy, LesionName
from galactograph.pictures.grey import jpeg, to_grey
from galactograph.plugins import Modality
from galactograph.seeds import stream
from galactograph.simulation import draw_patient, draw_procedure, simulate, technique
from galactograph.subtraction import DUAL_ENERGY
from galactograph.tomo.synthesis import synthetic
from galactograph.values.arrays import Floats
from galactograph.values.procedure import Exposure, Procedure, ViewPosition
from galactograph.values.truth import Simulation

SEED = 9_064_000
TALL_PX = 860
CROP_MM = 34.0
PAGE = ROOT / "docs" / "explanation" / "gallery.md"
PICTURES = ROOT / "docs" / "_static" / "gallery"

Grey = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One picture of the gallery: file, heading, caption, and how to make it."""

    name: str
    heading: str
    caption: str
    make: Callable[[], Grey]


LESIONS: dict[LesionName, str] = {
    "normal": "A normal system: smooth ducts that taper and divide.",
    "papilloma": "Intraductal papilloma: a lobulated defect that widens its duct.",
    "ectasia": "Duct ectasia: wide ducts beneath the areola.",
    "dcis": "Ductal carcinoma in situ: irregular walls, defects and stenoses along a "
    "segment, with microcalcifications.",
    "invasive": "Invasive ductal carcinoma: a spiculated mass, a duct cut off.",
    "air-bubbles": "Air bubbles: round, sharp, free in the lumen; no lesion.",
    "extravasation": "Extravasation: contrast outside the ducts; no lesion.",
    "papillomas": "Several papillomas in peripheral ducts.",
    "focal-ectasia": "Focal ectasia: one duct is wide over a few centimetres.",
    "clot": "A clot: a smooth defect that no stalk holds; no lesion.",
    "secretion": "Inspissated secretion: contrast parts around what fills the duct.",
    "kink": "A kink: a narrowing where a duct bends sharply; no lesion.",
    "underfilling": "Underfilling: too little contrast to judge the system.",
}
"""A sentence for each kind; further kinds are shown under their own names."""

DENSITIES = (0.08, 0.18, 0.35, 0.60)
"""Glandular fractions by volume for the four BI-RADS densities; assumed."""


def study(
    number: int,
    anatomy: Anatomy,
    *shots: Exposure,
    modality: Modality = RADIOGRAPH,
) -> Simulation:
    """Simulate one study of the gallery with its own technique for every exposure."""
    from galactograph.phantom.anatomy import draw

    seed = SEED + number
    build = draw(anatomy, rng=stream(seed, "anatomy"))
    patient = draw_patient(build, rng=stream(seed, "patient"))
    procedure: Procedure = draw_procedure(build, patient, stream(seed, "procedure"))
    plain = technique(build)
    ordered = tuple(replace(shot, kv=plain.kv, mas=plain.mas) for shot in shots)
    return simulate(
        seed=seed,
        patient=patient,
        anatomy=anatomy,
        procedure=replace(procedure, exposures=ordered),
        modality=modality,
    )


def shown(simulation: Simulation, number: int) -> NDArray[np.uint16]:
    """Return one exposure of a study as it is shown on a workstation, 12 bits."""
    return present(simulation.counts[number], simulation.exposures[number])


def breast_box(picture: NDArray[np.uint16]) -> tuple[slice, slice]:
    """Return the part of a shown picture that holds the breast, with some air."""
    inside = picture > 0.02 * 4095
    found = []
    for axis in (1, 0):
        lines = np.flatnonzero(inside.mean(axis) > 0.01)
        size, margin = picture.shape[1 - axis], round(0.02 * max(picture.shape))
        first, last = (int(lines[0]), int(lines[-1])) if len(lines) else (0, size)
        found.append(slice(max(first - margin, 0), min(last + margin, size)))
    return found[0], found[1]


def whole(picture: NDArray[np.uint16], tall: int = TALL_PX) -> Grey:
    """Return a 12-bit picture shrunk to `tall` rows, 8 bits."""
    part = np.ascontiguousarray(picture[breast_box(picture)], np.float32)
    return to_grey(_tall(part, tall), (0, 4095))


def _tall(part: NDArray[np.float32], tall: int) -> NDArray[np.float32]:
    """Return a picture with `tall` rows, its proportions kept."""
    size = (round(part.shape[1] * tall / part.shape[0]), tall)
    shrunk = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, np.float32)


def crop(picture: NDArray[np.uint16], at: tuple[float, float], pixel_mm: float) -> Grey:
    """Return the part about `at` (row, column), enlarged to the gallery's height."""
    half = round(CROP_MM / 2 / pixel_mm)
    rows, columns = picture.shape
    top = int(np.clip(at[0] - half, 0, max(rows - 2 * half, 0)))
    left = int(np.clip(at[1] - half, 0, max(columns - 2 * half, 0)))
    part = picture[top : top + 2 * half, left : left + 2 * half].astype(np.float32)
    low, high = np.percentile(part, [1, 99.9])
    size = (TALL_PX, TALL_PX)
    return to_grey(
        cv2.resize(part, size, interpolation=cv2.INTER_CUBIC).astype(np.float32),
        (float(low), float(high)),
    )


def row(*pictures: Grey) -> Grey:
    """Put pictures of one height side by side, with a thin gap."""
    gap = np.full((pictures[0].shape[0], 10), 255, np.uint8)
    parts: list[Grey] = []
    for picture in pictures:
        parts += [picture, gap]
    joined: Grey = np.hstack(parts[:-1])
    return joined


def _lesion(name: LesionName, number: int) -> Callable[[], Grey]:
    def make() -> Grey:
        views = (Exposure(), Exposure(position=ViewPosition.ML))
        made = study(number, Anatomy(lesion=name), *views)
        first, second = shown(made, 0), shown(made, 1)
        truth = made.truths[0]
        at = truth.lesions[0][:2] if len(truth.lesions) else _busy(truth.points)
        pixel = object_grid(made.exposures[0], made.breast.thickness_mm).pixel_mm
        place = (float(at[0]), float(at[1]))
        return row(whole(first), whole(second), crop(first, place, pixel))

    return make


def _busy(points: Floats) -> tuple[float, float]:
    """Return the middle of the ducts."""
    row_, column = np.median(points[np.isfinite(points).all(1)], axis=0)
    return float(row_), float(column)


def _densities() -> Grey:
    pictures = []
    for number, density in enumerate(DENSITIES):
        anatomy = Anatomy(lesion="normal", density=density)
        pictures.append(whole(shown(study(40 + number, anatomy, Exposure()), 0), 620))
    return row(*pictures)


def _subtraction() -> Grey:
    made = study(50, Anatomy(lesion="papilloma"), Exposure(contrast=False), Exposure())
    scout, filled = (view.image.pixels for view in made.study.views)
    part = np.asarray(filled - scout, np.float32)[breast_box(shown(made, 1))]
    small = _tall(np.ascontiguousarray(part), TALL_PX)
    ducts = to_grey(small, (-0.02, float(np.percentile(small, 99.8))))
    return row(whole(shown(made, 0)), whole(shown(made, 1)), ducts)


def _magnified() -> Grey:
    shots = (Exposure(), Exposure(magnification=1.8, air_gap_mm=300.0))
    made = study(51, Anatomy(lesion="papilloma"), *shots)
    return row(whole(shown(made, 0)), whole(shown(made, 1)))


def _oblique() -> Grey:
    shots = (
        Exposure(),
        Exposure(position=ViewPosition.MLO),
        Exposure(position=ViewPosition.ML),
    )
    made = study(52, Anatomy(lesion="normal"), *shots)
    return row(*(whole(shown(made, k)) for k in range(3)))


def _dual_energy() -> Grey:
    made = study(53, Anatomy(lesion="papilloma"), Exposure(), modality=DUAL_ENERGY)
    low, high, less = range(3)
    box = breast_box(shown(made, low))
    pictures = []
    for number, limits in (
        (low, (1.0, 99.95)),
        (high, (1.0, 99.95)),
        (less, (2, 99.9)),
    ):
        part = np.ascontiguousarray(made.study.views[number].image.pixels[box])
        small = _tall(part, TALL_PX)
        inside = small[shown_inside(small)] if number != less else small.ravel()
        bottom, top = np.percentile(inside, limits)
        pictures.append(to_grey(small, (float(bottom), float(top))))
    return row(*pictures)


def shown_inside(attenuation: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell where a log attenuation is behind tissue."""
    return np.asarray(attenuation > 0.5)


def _tomosynthesis() -> Grey:
    made = study(54, Anatomy(lesion="papilloma"), Exposure(), modality=TOMOSYNTHESIS)
    view = made.study.views[0]
    if view.slices is None:
        raise RuntimeError("a tomosynthesis unit made no slices")
    stack = shades(view.slices)
    low, high = window(stack)
    count, pictures = len(stack), []
    for number in (round(share * count) for share in (0.3, 0.45, 0.6)):
        part = stack[number].astype(np.float32)
        pictures.append(to_grey(_tall(part, TALL_PX), (float(low), float(high))))
    whole_view = _tall(synthetic(view.slices).astype(np.float32), TALL_PX)
    return row(*pictures, to_grey(whole_view, (0, 4095)))


def pieces() -> tuple[Piece, ...]:
    """List all pictures."""
    kinds = tuple(
        Piece(
            name=name,
            heading=name.replace("-", " ").capitalize(),
            caption=LESIONS.get(name, name.replace("-", " ").capitalize() + ".")
            + " CC, ML, and a part of the CC view enlarged.",
            make=_lesion(name, number),
        )
        for number, name in enumerate(LESION_NAMES)
    )
    return (
        *kinds,
        Piece(
            name="densities",
            heading="Four densities",
            caption="Normal systems in breasts from almost wholly fat to extremely "
            "dense (" + ", ".join(f"{d:.0%}" for d in DENSITIES) + " gland by volume).",
            make=_densities,
        ),
        Piece(
            name="views",
            heading="Three views of one breast",
            caption="CC, MLO and ML: the same material points, compressed thrice.",
            make=_oblique,
        ),
        Piece(
            name="subtraction",
            heading="Scout and subtraction",
            caption="Before contrast, after contrast, and the difference.",
            make=_subtraction,
        ),
        Piece(
            name="magnification",
            heading="Magnification",
            caption="Contact view, and 1.8 times with the small focal spot.",
            make=_magnified,
        ),
        Piece(
            name="tomosynthesis",
            heading="Tomosynthesis",
            caption="Three slices of a stack, and the synthetic mammogram made of all.",
            make=_tomosynthesis,
        ),
        Piece(
            name="dual-energy",
            heading="Dual energy",
            caption="Below iodine's K edge, above it, and the two subtracted so that "
            "gland and fat cancel.",
            make=_dual_energy,
        ),
    )


def page(made: list[Piece]) -> str:
    """Write the page of the gallery."""
    head = (
        "# Gallery\n\nSimulated galactograms: no patient was examined. Research "
        "software, not a medical device.\n\nMade by `python -m benchmarks.gallery "
        f"--write-docs`, seeds from {SEED}.\n"
    )
    parts = [
        f"\n## {piece.heading}\n\n![{piece.caption}](../_static/gallery/"
        f"{piece.name}.jpg)\n\n{piece.caption}\n"
        for piece in made
    ]
    return head + "".join(parts)


def main(arguments: list[str] | None = None) -> int:
    """Make the pictures, and the page if asked."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gallery", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--out", type=Path, default=ROOT / "bench-out" / "gallery")
    parser.add_argument("--only", nargs="+", help="names of pictures")
    parser.add_argument("--write-docs", action="store_true")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    chosen = [p for p in pieces() if not options.only or p.name in options.only]
    for piece in chosen:
        path = options.out / f"{piece.name}.jpg"
        path.write_bytes(jpeg(piece.make(), quality=82))
        print(f"  {path} ({path.stat().st_size // 1024} KiB)", flush=True)
    if options.write_docs:
        PICTURES.mkdir(parents=True, exist_ok=True)
        for piece in chosen:
            shutil.copy(options.out / f"{piece.name}.jpg", PICTURES)
        PAGE.write_text(page(list(pieces())), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Keep the truth of a simulation beside its images: JSON, masks, SWC."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from galactograph.values.arrays import Floats
from galactograph.values.codes import Adequacy, FindingKind
from galactograph.values.course import Course
from galactograph.values.geometry import Grid
from galactograph.values.procedure import Exposure
from galactograph.values.study import View
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Simulation, ViewTruth

UNDERFILLED_FRACTION = 0.5
"""A lobe filled to less than this share of its open length is underfilled; assumed."""


def expected_adequacy(simulation: Simulation, exposure: Exposure) -> Adequacy:
    """Return the verdict that a perfect reader gives of one view."""
    iodine = simulation.filling.iodine_mg_ml
    if not exposure.contrast or not (iodine > 0).any():
        return Adequacy.NO_CONTRAST
    kinds = {lesion.kind for lesion in simulation.breast.lesions}
    if FindingKind.EXTRAVASATION in kinds:
        return Adequacy.EXTRAVASATED
    blocked = any(lesion.blocks for lesion in simulation.breast.lesions)
    lengths = simulation.breast.lobes[simulation.filling.lobe].lengths_mm
    # By iodine over the whole lumen: a duct that stayed narrow is not well filled.
    held = iodine * simulation.filling.lumen_fraction
    share = float(lengths[held > 0.1 * held.max()].sum() / lengths.sum())
    if share < UNDERFILLED_FRACTION and not blocked:
        return Adequacy.UNDERFILLED
    return Adequacy.ADEQUATE


def swc(tree: DuctTree) -> str:
    """Write a tree in SWC, the plain format of neuron tracers; mm, breast frame.

    Examples
    --------
    >>> one = DuctTree(points_mm=[[0, 0, 0]], parents=[-1], radii_mm=[1])
    >>> swc(one).splitlines()[-1]
    '1 0 0.0000 0.0000 0.0000 1.0000 -1'
    """
    lines = ["# SIMULATED duct tree, mm, breast frame: x lateral, y deep, z cranial"]
    for k, (p, parent, r) in enumerate(
        zip(tree.points_mm, tree.parents, tree.radii_mm, strict=True)
    ):
        above = parent + 1 if parent >= 0 else -1
        x, y, z = p
        lines.append(f"{k + 1} 0 {x:.4f} {y:.4f} {z:.4f} {r:.4f} {above}")
    return "\n".join(lines) + "\n"


def lumen_mask(truth: ViewTruth, grid: Grid) -> NDArray[np.uint8]:
    """Paint the filled lumen of one view: 255 inside, 0 outside, (rows, columns).

    Each piece between two filled points is a tapered stroke, drawn to an eighth of
    a pixel.
    """
    mask = np.zeros(grid.shape[-2:], np.uint8)
    radii = truth.calibre_mm / 2 / grid.pixel_mm
    for n in range(1, len(truth.parents)):
        up = truth.parents[n]
        if not (truth.visible[n] and truth.visible[up]):
            continue
        corners = _stroke(truth.points[[up, n]], radii[[up, n]])
        cv2.fillConvexPoly(mask, corners, 255, cv2.LINE_8, 3)
        row, column = truth.points[n]
        centre = (round(column * 8), round(row * 8))
        cv2.circle(mask, centre, round(radii[n] * 8), 255, -1, cv2.LINE_8, 3)
    return mask


def _stroke(ends: Floats, radii: Floats) -> NDArray[np.int32]:
    """Return the corners of a tapered stroke, (4, 2) column and row in eighths."""
    along = ends[1] - ends[0]
    side = np.array([-along[1], along[0]]) / (np.hypot(*along) + 1e-9)
    corners = np.array(
        [
            ends[0] + side * radii[0],
            ends[1] + side * radii[1],
            ends[1] - side * radii[1],
            ends[0] - side * radii[0],
        ]
    )
    return np.round(corners[:, ::-1] * 8).astype(np.int32)


def truth_json(simulation: Simulation) -> dict[str, Any]:
    """Return everything true of a simulation, ready for JSON.

    Positions are (row, column) of pixel centres as stored; lengths are mm in the
    object plane.
    """
    breast, filling = simulation.breast, simulation.filling
    tree = breast.lobes[filling.lobe]
    return {
        "schema": "galactograph/truth/1",
        "simulated": True,
        "seed": simulation.seed,
        "laterality": breast.laterality.value,
        "thickness_mm": breast.thickness_mm,
        "glandular_fraction": breast.glandular_fraction,
        "injection": {
            "iodine_mg_ml": simulation.procedure.injection.iodine_mg_ml,
            "volume_ml": simulation.procedure.injection.volume_ml,
            "injected_mg": filling.injected_mg,
            "filled_mg": filling.filled_mg,
            "refluxed_mg": filling.refluxed_mg,
            "leaked_mg": filling.leaked_mg,
            **_course_json(filling.course),
        },
        "tree": {
            "parents": tree.parents.tolist(),
            "radii_mm": np.round(tree.radii_mm, 4).tolist(),
            "iodine_mg_ml": np.round(filling.iodine_mg_ml, 2).tolist(),
            "branches": len(tree.branches),
            "total_length_mm": tree.total_length_mm,
        },
        "lesions": [
            {
                "cause": lesion.cause.value,
                "kind": lesion.kind.word,
                "node": lesion.node,
                "size_mm": lesion.size_mm,
                "blocks": lesion.blocks,
                "centre_mm": np.round(lesion.centre_mm, 3).tolist(),
                "along_duct_mm": float(tree.from_orifice_mm[lesion.node]),
                "details": dict(lesion.details),
            }
            for lesion in breast.lesions
        ],
        "views": [
            _view_json(simulation, view, truth, exposure)
            for view, truth, exposure in zip(
                simulation.study.views,
                simulation.truths,
                simulation.exposures,
                strict=True,
            )
        ],
    }


def _course_json(course: Course) -> dict[str, Any]:
    """Return how the injection went, thinned to some sixty samples."""
    count = len(course.times_s)
    kept = np.unique(np.linspace(0, max(count - 1, 0), min(count, 60)).astype(int))
    return {
        "given_ml": course.given_ml,
        "stopped_by": course.stopped_by,
        "marks_mmhg": {
            "seal": round(course.seal_mmhg, 2),
            "pain": round(course.pain_mmhg, 2),
            "burst": round(course.burst_mmhg, 2),
        },
        "syringe_mmhg": round(course.syringe_mmhg, 1),
        "course": {
            "times_s": np.round(course.times_s[kept], 3).tolist(),
            "pressure_mmhg": np.round(course.pressure_mmhg[kept], 3).tolist(),
            "volume_ml": np.round(course.volume_ml[kept], 5).tolist(),
            "filled_length_mm": np.round(course.filled_length_mm[kept], 2).tolist(),
            "refluxed_ml": np.round(course.refluxed_ml[kept], 6).tolist(),
            "leaked_ml": np.round(course.leaked_ml[kept], 6).tolist(),
        },
    }


def _view_json(
    simulation: Simulation, view: View, truth: ViewTruth, exposure: Exposure
) -> dict[str, Any]:
    """Return what is true of one view."""
    stack: dict[str, Any] = {}
    if truth.slices is not None:
        stack = {"frames": view.frames, "slices": np.round(truth.slices, 2).tolist()}
    return stack | {
        "source": truth.source,
        "view": view.position,
        "role": view.role.value,
        "rows": view.image.grid.shape[0],
        "columns": view.image.grid.shape[1],
        "pixel_spacing_mm": list(view.image.grid.spacing_mm),
        "magnification": view.magnification,
        "adequacy": expected_adequacy(simulation, exposure).value,
        "nipple": {"row": truth.nipple[0], "column": truth.nipple[1]},
        "points": np.round(truth.points, 2).tolist(),
        "calibre_mm": np.round(truth.calibre_mm, 4).tolist(),
        "visible": truth.visible.tolist(),
        "lesions": [
            {
                "index": index,
                "row": row,
                "column": column,
                "kind": simulation.breast.lesions[index].kind.word,
                "cause": simulation.breast.lesions[index].cause.value,
                "size_mm": simulation.breast.lesions[index].size_mm,
            }
            for row, column, index in truth.lesions
        ],
        "mask": f"{truth.source}.lumen.png",
    }


def save_truth(simulation: Simulation, folder: str | Path) -> Path:
    """Write truth.json, a lumen mask for each view, and every lobe as SWC.

    The injected lobe is `lobe.swc`; `lobes/lobe-<k>.swc` are all of them, by number.

    Returns the path of truth.json.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for view, truth in zip(simulation.study.views, simulation.truths, strict=True):
        _, png = cv2.imencode(".png", lumen_mask(truth, view.image.grid))
        (folder / f"{truth.source}.lumen.png").write_bytes(png.tobytes())
    tree = simulation.breast.lobes[simulation.filling.lobe]
    (folder / "lobe.swc").write_text(swc(tree), "utf-8")
    (folder / "lobes").mkdir(exist_ok=True)
    for k, lobe in enumerate(simulation.breast.lobes):
        (folder / "lobes" / f"lobe-{k:02d}.swc").write_text(swc(lobe), "utf-8")
    path = folder / "truth.json"
    path.write_text(json.dumps(truth_json(simulation)), "utf-8")
    return path

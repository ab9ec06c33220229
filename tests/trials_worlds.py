"""Small forests, and readings and truths as documents, to try measures on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from galactograph.trials.forest import Forest

MM = 0.1
"""Size of a pixel."""


def line(
    start: tuple[float, float], stop: tuple[float, float], count: int = 41
) -> NDArray[np.float64]:
    """Return points from start to stop."""
    return np.linspace(start, stop, count)


def forest_of(*lines: tuple[NDArray[np.float64], int, float]) -> Forest:
    """Return lines joined to a forest: points, node of the parent (-1), calibre."""
    points: list[NDArray[np.float64]] = []
    parents: list[int] = []
    calibres: list[float] = []
    for along, parent, calibre in lines:
        first = len(parents)
        for k, point in enumerate(along):
            points.append(point)
            parents.append(parent if k == 0 else first + k - 1)
            calibres.append(calibre)
    return Forest(
        points=np.array(points),
        parents=np.array(parents),
        calibre_mm=np.array(calibres),
        pixel_mm=MM,
    )


def straight(calibre: float = 0.5, row: float = 100.0, mm: float = 30.0) -> Forest:
    """Return one duct along the columns."""
    return forest_of((line((row, 50), (row, 50 + mm / MM)), -1, calibre))


def fork(calibre: float = 0.8) -> Forest:
    """Return a trunk of 15 mm with two arms of 15 mm."""
    return forest_of(
        (line((200, 50), (200, 200)), -1, calibre),
        (line((205, 202), (300, 320)), 40, calibre * 0.7),
        (line((195, 202), (100, 320)), 40, calibre * 0.7),
    )


def cross() -> Forest:
    """Return a fork whose arms bend back and cross each other."""
    return forest_of(
        (line((200, 50), (200, 150)), -1, 0.8),
        (line((203, 152), (260, 200)), 40, 0.6),
        (line((258, 202), (150, 330)), 81, 0.5),
        (line((197, 152), (140, 200)), 40, 0.6),
        (line((142, 202), (250, 330)), 163, 0.5),
    )


def moved(forest: Forest, rows: float, columns: float) -> Forest:
    """Return the same ducts elsewhere, in pixels."""
    return Forest(
        points=forest.points + np.array([rows, columns]),
        parents=forest.parents,
        calibre_mm=forest.calibre_mm,
        pixel_mm=forest.pixel_mm,
    )


def branches_of(forest: Forest) -> list[dict[str, Any]]:
    """Return the branches of a forest as the reading contract has them."""
    listed = []
    for number in range(int(forest.branches.max(initial=-1)) + 1):
        nodes = np.flatnonzero(forest.branches == number)
        start = int(forest.parents[nodes[0]])
        nodes = np.append(start, nodes)
        above = int(forest.branches[start])
        listed.append(
            {
                "id": number,
                "parent": None if above < 0 else above,
                "generation": 0,
                "points": forest.points[nodes].tolist(),
                "calibre_mm": forest.calibre_mm[nodes].tolist(),
                "length_mm": float(forest.steps_mm[nodes[1:]].sum()),
            }
        )
    return listed


def reading(forest: Forest, *findings: dict[str, Any]) -> dict[str, Any]:
    """Return a reading of one view."""
    return {
        "schema": "galactograph/reading/1",
        "generator": {"name": "galactograph", "version": "0"},
        "research_use_only": True,
        "study": {"study_instance_uid": None, "laterality": "L"},
        "views": [
            {
                "source": "1-cc-filled.dcm",
                "view": "CC",
                "adequacy": {"status": "adequate", "reasons": []},
                "nipple": {"row": 200.0, "column": 50.0, "confidence": 1.0},
                "ducts": {"branches": branches_of(forest)},
            }
        ],
        "findings": list(findings),
        "assessment": {"level": "DG3", "text": ""},
        "advice": [{"action": "microdochectomy", "reasons": []}],
    }


def finding(row: float, column: float, **more: object) -> dict[str, Any]:
    """Return a filling defect of the one view."""
    return {
        "id": "F1",
        "kind": "filling-defect",
        "seen_in": [{"view": 0, "row": row, "column": column}],
        "along_duct_from_nipple_mm": 10.0,
        "confidence": 0.9,
        "causes": [{"name": "intraductal-papilloma", "probability": 0.7}],
        **more,
    }


def truth(forest: Forest, node: int | None = None) -> dict[str, Any]:
    """Return the truth of one view, with a papilloma of 2 mm at a node."""
    lesions, spots = [], []
    if node is not None:
        row, column = forest.points[node].tolist()
        lesions = [
            {
                "cause": "intraductal-papilloma",
                "kind": "filling-defect",
                "node": node,
                "size_mm": 2.0,
                "blocks": False,
                "centre_mm": [0.0, 10.0, 0.0],
                "along_duct_mm": float(forest.from_root_mm[node]),
                "details": {},
            }
        ]
        spots = [{"index": 0, "row": row, "column": column}]
    return {
        "schema": "galactograph/truth/1",
        "laterality": "L",
        "tree": {"parents": forest.parents.tolist()},
        "lesions": lesions,
        "views": [
            {
                "source": "1-cc-filled",
                "view": "CC",
                "role": "filled",
                "pixel_spacing_mm": [MM, MM],
                "adequacy": "adequate",
                "nipple": {"row": 200.0, "column": 50.0},
                "points": forest.points.tolist(),
                "calibre_mm": forest.calibre_mm.tolist(),
                "visible": [True] * len(forest),
                "lesions": spots,
            }
        ],
    }

"""Draw a view with what was found, missed and invented, to look at the worst."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import scoring
from galactograph.values.report import Reading, Report

MARGIN_MM = 8.0
TALLEST_PX = 1400
FOUND, MISSED, INVENTED = (90, 200, 60), (60, 60, 255), (0, 200, 255)
LESION, FINDING, NIPPLE = (255, 220, 60), (255, 80, 255), (255, 255, 255)

Picture = NDArray[np.uint8]


def draw(
    reading: Reading,
    report: Report,
    about: dict[str, Any],
    ducts: tuple[scoring.Course, scoring.Course],
    path: Path,
) -> None:
    """Write a PNG: green found, red missed, yellow invented; thin lumina dim."""
    true, found = ducts
    mm = reading.view.image.grid.pixel_mm
    picture, corner, scale = _ground(reading, np.concatenate([d.points for d in ducts]))
    reach = scoring.TOLERANCE_MM / mm
    hit = scoring.near(true.points, found.points, reach)
    right = scoring.near(found.points, true.points, reach)
    wide = true.calibre_mm >= scoring.LEAST_MM
    for points, colour in (
        (true.points[hit], FOUND),
        (true.points[~hit & ~wide], tuple(c // 2 for c in MISSED)),
        (true.points[~hit & wide], MISSED),
        (found.points[~right], INVENTED),
    ):
        _dots(picture, (points - corner) * scale, colour)
    spot = about["nipple"]
    _mark(picture, ([spot["row"], spot["column"]] - corner) * scale, NIPPLE, "nipple")
    for lesion in about["lesions"]:
        place = ([lesion["row"], lesion["column"]] - corner) * scale
        _ring(picture, place, max(lesion["size_mm"], 1.0) / 2 / mm * scale, LESION)
        _mark(picture, place, LESION, f"true: {lesion['kind']}")
    for finding in report.findings:
        for at in finding.places:
            if at.view == reading.index:
                place = (np.array([at.row, at.column]) - corner) * scale
                _mark(picture, place, FINDING, finding.kind.word, below=True)
    _caption(picture, reading, true, found, hit, right)
    path.parent.mkdir(parents=True, exist_ok=True)
    _, png = cv2.imencode(".png", picture)
    path.write_bytes(png.tobytes())


def _ground(
    reading: Reading, points: NDArray[np.floating[Any]]
) -> tuple[Picture, NDArray[np.floating[Any]], float]:
    """Return the grey picture around the points, its corner, and its scale."""
    pixels = reading.view.image.pixels
    shape = np.array(pixels.shape)
    margin = MARGIN_MM / reading.view.image.grid.pixel_mm
    if len(points):
        first = np.maximum(points.min(0) - margin, 0).astype(int)
        last = np.minimum(points.max(0) + margin, shape).astype(int)
    else:
        first, last = np.zeros(2, int), shape
    crop = np.ascontiguousarray(pixels[first[0] : last[0], first[1] : last[1]])
    scale = min(1.0, TALLEST_PX / max(crop.shape))
    size = tuple(max(1, int(n * scale)) for n in crop.shape[::-1])
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(
        np.ascontiguousarray(
            reading.scene.breast[first[0] : last[0], first[1] : last[1]]
        ).astype(np.uint8),
        size,
        interpolation=cv2.INTER_NEAREST,
    )
    seen = small[inside > 0] if inside.any() else small.ravel()
    low, high = np.percentile(seen, [1, 99.7])
    grey = np.clip((small - low) / max(high - low, 1e-9), 0, 1) * 200
    picture = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    return np.ascontiguousarray(picture), first.astype(float), scale


def _dots(
    picture: Picture, points: NDArray[np.floating[Any]], colour: tuple[int, ...]
) -> None:
    at = np.rint(points).astype(int)
    rows, columns = picture.shape[:2]
    for down, right in ((0, 0), (0, 1), (1, 0)):
        y, x = at[:, 0] + down, at[:, 1] + right
        ok = (y >= 0) & (x >= 0) & (y < rows) & (x < columns)
        picture[y[ok], x[ok]] = colour


def _ring(
    picture: Picture,
    place: NDArray[np.floating[Any]],
    radius: float,
    colour: tuple[int, int, int],
) -> None:
    centre = (int(place[1]), int(place[0]))
    cv2.circle(picture, centre, max(6, int(radius)), colour, 1, cv2.LINE_AA)


def _mark(
    picture: Picture,
    place: NDArray[np.floating[Any]],
    colour: tuple[int, int, int],
    words: str,
    *,
    below: bool = False,
) -> None:
    centre = (int(place[1]), int(place[0]))
    cv2.drawMarker(picture, centre, colour, cv2.MARKER_CROSS, 12, 1)
    at = (centre[0] + 9, centre[1] + (16 if below else -6))
    cv2.putText(picture, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1)


def _caption(
    picture: Picture,
    reading: Reading,
    true: scoring.Course,
    found: scoring.Course,
    hit: NDArray[np.bool_],
    right: NDArray[np.bool_],
) -> None:
    wide, broad = (d.calibre_mm >= scoring.LEAST_MM for d in (true, found))
    words = f"SIMULATED {reading.view.name}: {reading.adequacy.status.value}"
    if true.mm[wide].sum() and found.mm[broad].sum():
        recall = true.mm[wide & hit].sum() / true.mm[wide].sum()
        precision = found.mm[broad & right].sum() / found.mm[broad].sum()
        words += f", recall {recall:.3f}, precision {precision:.3f}"
    legend = "green found, red missed, yellow invented - research use only"
    picture[:46] //= 4
    for row, text in enumerate((words, legend)):
        at = (8, 20 + 20 * row)
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, NIPPLE, 1)

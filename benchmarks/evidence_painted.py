"""Places in painted ducts: a second hand, so that evidence holds beyond one simulator.

The ducts are those that the finders are tested on (`tests/strips.py`), with seeds of
their own: straight lumina with forks, crossings, neighbours, waves, fading and display
grey, intact or with a lobulated body. What is weighed there is weighed in the fit, and
left out of what is told of it.

Some are twisted about one another: the lens between them is the false body that is seen
most often in ducts without one. Some lie in dense tissue, whose grain looks like dots.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.children import ROOT
from galactograph.seeds import stream
from galactograph.values.report import Reading

SEED = 8_950_000
INTACT, TWISTED, ILL = 800, 400, 400

CLUTTER = (0.0, 0.04, 0.08, 0.12, 0.16)
"""Standard deviation of the tissue over the ducts, attenuation, in turn. source: of the
grain that dense tissue has in mammograms, assumed"""

LEAST_MM, MOST_MM = 0.6, 5.0
"""Of bodies. source: as the papillomas of the scorecard, assumed"""

_MARGIN_MM = 4.0
"""A body keeps this from the ends, where no neighbour tells of it. assumed"""


def places(reading: Reading, view: str, pixel_mm: float) -> Iterator[dict[str, Any]]:
    """Yield every place of a reading that is weighed, without what is true of it."""
    from galactograph.finders._deficit import Settings
    from galactograph.finders._evidence import signs, sort_of
    from galactograph.finders._places import pixels_of
    from galactograph.finders._search import tried_in

    tried = tried_in(reading, Settings())
    told = signs(reading, [deficit for deficit, _ in tried])
    for (deficit, ruled), one in zip(tried, told, strict=True):
        at = np.array([(deficit.s_mm, deficit.u_mm)])
        spot = pixels_of(deficit.column.strip, at, reading.view.image.grid)[0]
        yield {
            "view": view,
            "sort": sort_of(deficit),
            "ruled": bool(ruled),
            "spot_mm": (spot * pixel_mm).tolist(),
            "length_mm": deficit.length_mm,
            "signs": one,
        }


def studies() -> Iterator[dict[str, Any]]:
    """Yield one study for each painted duct, as `benchmarks.evidence` keeps them."""
    sys.path.insert(0, str(ROOT / "tests"))
    strips = import_module("strips")

    for number in range(INTACT + TWISTED + ILL):
        twins = INTACT <= number < INTACT + TWISTED
        world = (strips.twisted if twins else strips.intact)(SEED + number)
        world = replace(world, clutter=CLUTTER[number % len(CLUTTER)])
        if number >= INTACT + TWISTED:
            rng = stream(SEED + number, "body")
            size = float(np.exp(rng.uniform(np.log(LEAST_MM), np.log(MOST_MM))))
            world = replace(world, length_mm=max(world.length_mm, 3 * size + 16))
            low, high = _MARGIN_MM + size, world.length_mm - _MARGIN_MM - size
            at = float(rng.uniform(low, high))
            yield _study(number, strips, strips.papilloma(world, at, size), at, size)
        else:
            yield _study(number, strips, world, None, 0.0)


def _study(
    number: int,
    strips: Any,  # noqa: ANN401
    world: Any,  # noqa: ANN401
    at_mm: float | None,
    size_mm: float,
) -> dict[str, Any]:
    """Return what is weighed in a painted duct, and the body that lies in it."""
    reading = strips.reading_of(world)
    pixel_mm = reading.view.image.grid.pixel_mm
    rows = []
    for row in places(reading, "painted", pixel_mm):
        along = row["spot_mm"][1] - strips.MARGIN_MM
        away = np.inf if at_mm is None else abs(along - at_mm)
        hit, near = away <= max(0.6, 0.4 * size_mm), away <= max(3.0, size_mm)
        rows.append({**row, "lesion": 0 if hit else None, "near": bool(near)})
    lesion = {"kind": "filling-defect", "size_mm": size_mm, "seen": True}
    return {
        "study": f"painted-{number:04d}",
        "painted": True,
        "views": 1,
        "lesions": [] if at_mm is None else [lesion],
        "rows": rows,
    }

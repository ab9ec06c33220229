"""The job of `bench_tomo` in RTK; runs under an interpreter that has `itk-rtk`.

PYTHON benchmarks/peer_rtk.py back|forward
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import itk
import numpy as np
from itk import RTK as rtk  # noqa: N811  as RTK's own examples say

VIEWS, ROWS, COLUMNS, SLICES, SOURCE_MM = 15, 2000, 1000, 50, 650.0


def geometry() -> Any:  # noqa: ANN401
    """Return the sweep: the panel stands still, the source moves along rows."""
    found = rtk.ThreeDCircularProjectionGeometry.New()
    for angle in np.deg2rad(np.linspace(-7.5, 7.5, VIEWS)):
        # RTK's frame: x along columns, y along rows, the source on +z.
        source = (0.0, SOURCE_MM * np.sin(angle), SOURCE_MM * np.cos(angle))
        found.AddProjection(source, (0.0, 0.0, 0.0), (1.0, 0, 0), (0, 1.0, 0))
    return found


def image(shape: tuple[int, int, int], spacing: Any, origin: Any, fill: str) -> Any:  # noqa: ANN401
    """Return a float image, (slices, rows, columns)."""
    rng = np.random.default_rng(0)
    values = rng.random(shape, np.float32) if fill == "random" else 0
    made = itk.image_from_array(
        values if fill == "random" else np.zeros(shape, np.float32)
    )
    made.SetSpacing(spacing)
    made.SetOrigin(origin)
    return made


def projector(what: str) -> Any:  # noqa: ANN401
    """Return one of RTK's projectors on the job, not yet run."""
    panel, place = [0.1, 0.1, 1.0], [0.05, -99.95, 0.0]
    space, start = [0.093, 0.093, 1.0], [0.05, -93.0, 20.5]
    shape = (SLICES, ROWS, COLUMNS)
    kind = itk.Image[itk.F, 3]
    if what == "back":
        run = rtk.BackProjectionImageFilter[kind, kind].New()
        run.SetInput(0, image(shape, space, start, "zero"))
        run.SetInput(1, image((VIEWS, ROWS, COLUMNS), panel, place, "random"))
    else:
        run = rtk.JosephForwardProjectionImageFilter[kind, kind].New()
        run.SetInput(0, image((VIEWS, ROWS, COLUMNS), panel, place, "zero"))
        run.SetInput(1, image(shape, space, start, "random"))
    run.SetGeometry(geometry())
    return run


def main() -> None:
    """Run one projector three times after once."""
    what, taken = sys.argv[1], []
    for _ in range(4):
        # Its filters consume their first input: a new one every time.
        run = projector(what)
        wall, cpu = time.perf_counter(), time.process_time()
        run.Update()
        taken.append((time.perf_counter() - wall, time.process_time() - cpu))
    taken = taken[1:]
    mean = float(itk.array_view_from_image(run.GetOutput()).mean())
    wall_s, cpu_s = np.median(taken, axis=0)
    best = np.min(taken, axis=0)
    told = {
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "best_wall_s": best[0],
        "best_cpu_s": best[1],
        "mean": mean,
    }
    print(json.dumps({key: float(value) for key, value in told.items()}))


if __name__ == "__main__":
    main()

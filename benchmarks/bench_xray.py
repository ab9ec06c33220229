"""Measure time and memory of casting ducts and of a whole radiograph.

    python -m benchmarks.bench_xray            measure, best of five, and print

Each job is a process of its own; kernels are compiled before the clock starts.
CPU is user and system time of all threads, wall is what a clock shows: on a machine
that does other work only CPU can be trusted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import pages
from benchmarks.children import ROOT, run

Floats = NDArray[np.float64]
ROWS, COLUMNS, PIXEL_MM = 4096, 3328, 0.07
SEGMENTS = 20_000
SEED = 8_500_000

# source: the project's design page; gvxr with llvmpipe on the same kind of machine,
# 960,000 triangles of 20,000 closed tubes, scaled from four tiles, not a union.
QUOTED = (
    ("gvxr 2.1.0, 20,000 meshes (not a union, one energy; quoted)", "", "5.3", ""),
    ("VICTRE MC-GPU, whole picture (full Monte Carlo, GTX TITAN X; quoted)", "", "3012",
     ""),
)  # fmt: skip


def tree(count: int = SEGMENTS) -> tuple[Floats, Floats, Floats]:
    """Return overlapping tapered ducts of one breast: starts, ends, radii.

    Sixteen lobes of branching, bending ducts in 170 x 85 x 48 mm, 0.06 to 1.3 mm thin.
    """
    from galactograph.seeds import stream

    rng = stream(SEED, "ducts")
    low, high = np.array([0.0, 45.0, 20.0]), np.array([85.0, 240.0, 64.0])
    queue: deque[tuple[Floats, Floats, float, int]] = deque()
    for lobe in range(16):
        turn = 2 * np.pi * lobe / 16
        at = np.array([84.0, 143 + 2 * np.cos(turn), 42 + 2 * np.sin(turn)])
        along = np.array([-1.0, np.cos(turn) * rng.random(), 0.8 * np.sin(turn)])
        queue.append((at, along / np.linalg.norm(along), 0.5 + 0.7 * rng.random(), 0))
    made: list[tuple[Floats, Floats, float, float]] = []
    while len(made) < count:
        at, along, radius, order = queue.popleft()
        long = max(2.0, 9 * 0.86**order) * (0.6 + 0.8 * rng.random())
        steps = max(2, int(long / 1.2))
        for step in range(steps):
            along = along + rng.normal(0, 0.18, 3)
            along += 0.5 * ((at < low + 4) * (along < 0))
            along -= 0.5 * ((at > high - 4) * (along > 0))
            along /= np.linalg.norm(along)
            end = at + along * long / steps
            ra, rb = (radius * (1 - 0.1 * (step + k) / steps) for k in (0, 1))
            made.append((at, end, ra, rb))
            at = end
        for _ in range(2):
            turned = along + rng.normal(0, 0.55, 3)
            narrow = max(0.06, 0.9 * radius * (0.72 + 0.16 * rng.random()))
            queue.append((at, turned / np.linalg.norm(turned), narrow, order + 1))
    starts, ends, ra, rb = (np.array(column) for column in zip(*made, strict=True))
    return starts[:count], ends[:count], np.column_stack([ra, rb])[:count]


def ducts() -> Callable[[], object]:
    """Return the job of casting 20,000 ducts, 2 x 2 rays a pixel."""
    from galactograph.kernels.shadows import cast

    starts, ends, radii = tree()
    iodine, none = np.full(len(starts), 300.0), np.zeros((0, 5))
    source, frame = np.array([0.0, 143.0, 650.0]), np.array([0.0, 0.0, PIXEL_MM])

    def job() -> object:
        return cast(starts, ends, radii, iodine, none, source, frame, ROWS, COLUMNS, 2,
                    0.0)  # fmt: skip

    return job


def view() -> Callable[[], object]:
    """Return the job of one exposure: paths, spectrum, scatter, blur, noise."""
    from galactograph import contrast
    from galactograph.phantom import breast as phantom
    from galactograph.phantom.anatomy import Anatomy, draw
    from galactograph.seeds import stream
    from galactograph.values.codes import Laterality
    from galactograph.values.procedure import Exposure, Injection, ViewPosition
    from galactograph.xray.exposure import expose

    build = draw(Anatomy(lesion="normal", density=0.3), rng=stream(SEED, "anatomy"))
    breast = phantom.grow(
        build, Laterality.LEFT, injected=0, seed=SEED, rng=stream(SEED, "breast")
    )
    filling = contrast.inject(breast, Injection(), rng=stream(SEED, "injection"))
    slab = phantom.compress(
        breast, ViewPosition.CC, texture=build.texture, rng=stream(SEED, "compression")
    )
    shot = Exposure(rows=ROWS, columns=COLUMNS, pixel_mm=PIXEL_MM)

    def job() -> object:
        return expose(slab, filling, shot, rng=stream(SEED, "exposure"))

    return job


JOBS = {"ducts": ducts, "view": view}


def child(name: str, repeats: int) -> None:
    """Run one job and print its seconds as JSON."""
    job = JOBS[name]()
    job()
    taken = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        job()
        taken.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall_s, cpu_s = np.array(taken).min(axis=0)
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s}))


def measure(repeats: int) -> dict[str, dict[str, Any]]:
    """Run each job in a process of its own."""
    found = {}
    for name in JOBS:
        ran = run(
            "python", "-m", "benchmarks.bench_xray", "--child", name, str(repeats)
        )
        if ran.status:
            raise RuntimeError(ran.output[-2000:])
        found[name] = json.loads(ran.output.strip().splitlines()[-1])
        found[name]["peak_mib"] = ran.peak_mib
    return found


def markdown(found: dict[str, dict[str, Any]]) -> str:
    """Write the figures as a table."""
    what = {
        "ducts": "20,000 tapered ducts, exact union, 2 x 2 rays (asked 0.4 s)",
        "view": "whole view: paths, spectrum, scatter, MTF, noise (asked 3 s, 1.5 GB)",
    }
    rows = [
        [what[name], f"{f['cpu_s']:.2f}", f"{f['wall_s']:.2f}", f"{f['peak_mib']:.0f}"]
        for name, f in found.items()
    ]
    rows += [list(row) for row in QUOTED]
    head = [f"{ROWS} x {COLUMNS} pixels", "CPU s", "wall s", "peak MiB"]
    return pages.table(head, rows)


def main() -> int:
    """Measure, print, and write bench-out/xray.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_xray")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--child", nargs=2, metavar=("JOB", "REPEATS"))
    options = parser.parse_args()
    if options.child:
        child(options.child[0], int(options.child[1]))
        return 0
    found = measure(options.repeats)
    out = ROOT / "bench-out"
    out.mkdir(exist_ok=True)
    (out / "xray.json").write_text(json.dumps(found, indent=1), "utf-8")
    print(markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())

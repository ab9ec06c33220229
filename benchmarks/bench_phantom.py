"""Measure growing, carving and projecting a breast in three dimensions.

    python -m benchmarks.bench_phantom            measure, print a table
    python -m benchmarks.bench_phantom --quick    coarse voxels only
    python -m benchmarks.bench_phantom --json     print figures as JSON

Each row is a process of its own, so that its peak of memory is its own; compiling is
done before and not counted. Seconds are of processor time (user and system, all
threads) and of the clock. Peers, not run here: the VICTRE sample phantom took 8.6 hours
(its own log; it holds ligaments, vessels and lobules down to a voxel), its mammogram by
Monte Carlo 3012 s on a graphics card (its log; other physics).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.children import run

SEED = 7
SHOT = {"rows": 4096, "columns": 3328, "pixel_mm": 0.07}
TILTS_DEG = np.linspace(-25, 25, 25)
"""A wide tomosynthesis; source: 25 views over 50 degrees (design)."""

ASKED = {
    "grow": None,
    "carve 0.05": "60 s and 1.5 GB with growing",
    "project 0.05": "1.5 s",
    "carve as simulated": None,
    "project as simulated": None,
    "25 tilted projections": "25 s",
}


def _timed(what: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what `what` returns, its processor seconds and its wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    made = what()
    return made, time.process_time() - cpu, time.perf_counter() - wall


def _figures(voxel_mm: float | None) -> dict[str, Any]:
    """Grow one woman, carve one view of her at a voxel's edge, project it."""
    from galactograph.phantom.anatomy import Anatomy, draw
    from galactograph.phantom.breast import compress, grow
    from galactograph.phantom.tissue import Lattice
    from galactograph.seeds import stream
    from galactograph.values.codes import Laterality
    from galactograph.values.procedure import Exposure, ViewPosition
    from galactograph.xray.panel import Panel
    from galactograph.xray.tissue import tissue_paths

    def woman(size_mm: float = 98.0) -> Any:  # noqa: ANN401
        # About 750 mL, which are 6 gigavoxels of 0.05 mm.
        anatomy = Anatomy(
            lesion="normal",
            density=0.2,
            thickness_mm=60.0,
            radius_mm=size_mm,
            depth_mm=size_mm,
        )
        build = draw(anatomy, rng=stream(SEED, "anatomy"))
        return grow(build, Laterality.LEFT, rng=stream(SEED, "breast"))

    def press(breast: Any, lattice: Lattice) -> Any:  # noqa: ANN401
        rng = stream(SEED, "compression")
        return compress(breast, ViewPosition.CC, lattice=lattice, rng=rng)

    lattice = Lattice() if voxel_mm is None else Lattice.of(voxel_mm)
    warm = press(woman(30.0), Lattice.of(1.0))
    tissue_paths(warm, Panel.of(warm, Exposure(rows=64, columns=64)))
    breast, *grown = _timed(woman)
    slab, *carved = _timed(lambda: press(breast, lattice))
    panel = Panel.of(slab, Exposure(**SHOT))
    _, *cast = _timed(lambda: tissue_paths(slab, panel))
    rows = slab.runs
    volume = float((slab.adipose_mm + slab.gland_mm).sum()) * slab.pitch_mm**2
    figures = {
        "grow": grown,
        "carve": carved,
        "project": cast,
        "runs": len(rows.starts),
        "runs_mib": (rows.starts.nbytes + rows.labels.nbytes + rows.offsets.nbytes)
        / 2**20,
        "volume_ml": volume / 1000,
        "gigavoxels": volume / (lattice.row_mm**2 * lattice.slice_mm) / 1e9,
    }
    if voxel_mm is None:
        shots = [
            Exposure(rows=3328, columns=1400, pixel_mm=0.085, angle_deg=float(a))
            for a in TILTS_DEG
        ]
        _, *tilted = _timed(
            lambda: [tissue_paths(slab, Panel.of(slab, shot)) for shot in shots]
        )
        figures["tilted"] = tilted
    return figures


def measure(*, quick: bool) -> dict[str, Any]:
    """Measure in processes of their own; return figures by name."""
    found: dict[str, Any] = {}
    for name, edge in (("simulated", "default"), ("0.05", "0.05")):
        if quick and edge == "0.05":
            continue
        child = run(sys.executable, "-m", "benchmarks.bench_phantom", "--part", edge)
        if child.status:
            raise SystemExit(child.output)
        figures = json.loads(child.output.strip().splitlines()[-1])
        found[name] = figures | {"peak_mib": child.peak_mib}
    return found


def _print(found: dict[str, Any]) -> None:
    """Print a table."""
    for name, f in found.items():
        print(
            f"voxels: {name}; {f['volume_ml']:.0f} mL, {f['gigavoxels']:.2f} Gvoxel, "
            f"{f['runs'] / 1e6:.1f} million runs, {f['runs_mib']:.0f} MiB; "
            f"peak of the process {f['peak_mib']:.0f} MiB"
        )
        for part in ("grow", "carve", "project", "tilted"):
            if part in f:
                cpu, wall = f[part]
                print(f"  {part:10} {cpu:7.2f} CPU s {wall:7.2f} wall s")
    print("asked:", "; ".join(f"{k}: {v}" for k, v in ASKED.items() if v))


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="coarse voxels only")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        edge = None if options.part == "default" else float(options.part)
        print(json.dumps(_figures(edge)))
        return
    found = measure(quick=options.quick)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        _print(found)


if __name__ == "__main__":
    main()

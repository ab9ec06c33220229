"""Measure what a reading costs as images grow, and whole studies of both techniques.

    python -m benchmarks.scaling                 measure and print
    python -m benchmarks.scaling --write-docs    and put the figures in the docs

One woman on panels of 4 to 24 megapixels; a study of two views; a stack of about 50
slices. Every run is a process of its own, from start to report written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import pages
from benchmarks.children import ROOT, fingerprint, run

SEED = 9_062_000
PANEL_MM = (4096 * 0.07, 3328 * 0.07)
"""Height and width of the large panel of a common unit."""
PIXELS_MM = (0.13, 0.1, 0.07, 0.053)
"""From a coarse panel to a fine one: 4, 7, 14 and 24 megapixels."""
WARM, REPEATS = 1, 3

Figures = dict[str, Any]


def make(folder: Path, pixel_mm: float, *, views: int = 1) -> float:
    """Write a study on a panel of this pixel; return the megapixels of a view."""
    from dataclasses import replace

    from galactograph.examples import write_study
    from galactograph.phantom.anatomy import Anatomy
    from galactograph.simulation import simulate
    from galactograph.values.procedure import (
        Exposure,
        Injection,
        Procedure,
        ViewPosition,
    )

    rows, columns = (round(side / pixel_mm) for side in PANEL_MM)
    shot = Exposure(rows=rows, columns=columns, pixel_mm=pixel_mm)
    shots = (shot, replace(shot, position=ViewPosition.ML))[:views]
    simulation = simulate(
        seed=SEED,
        anatomy=Anatomy(lesion="papilloma"),
        procedure=Procedure(injection=Injection(volume_ml=0.9), exposures=shots),
    )
    for path in write_study(simulation, folder):
        if path.stem.endswith("presentation"):
            path.unlink()
    return rows * columns / 1e6


def make_stack(folder: Path) -> int:
    """Write a stack of tomosynthesis; return how many slices it has."""
    from galactograph.examples import write_study
    from galactograph.machines import TOMOSYNTHESIS
    from galactograph.phantom.anatomy import Anatomy
    from galactograph.simulation import simulate
    from galactograph.values.procedure import Exposure, Injection, Procedure

    simulation = simulate(
        seed=SEED,
        anatomy=Anatomy(lesion="papilloma", thickness_mm=48.0),
        procedure=Procedure(
            injection=Injection(volume_ml=0.9), exposures=(Exposure(),)
        ),
        modality=TOMOSYNTHESIS,
    )
    write_study(simulation, folder)
    slices = simulation.study.views[0].slices
    return 0 if slices is None else len(slices.pixels)


def read(study: Path, out: Path) -> Figures:
    """Read a study by the command line; return the median of the wall seconds."""
    program = str(Path(sys.executable).with_name("galactograph"))
    seconds, peaks = [], []
    for n in range(WARM + REPEATS):
        ran = run(program, "read", str(study), "-o", str(out / str(n)), "--quiet")
        if ran.status:
            raise RuntimeError(ran.output[-2000:])
        seconds.append(ran.seconds)
        peaks.append(ran.peak_mib)
    document = json.loads((out / "0" / "reading.json").read_text("utf-8"))
    branches = sum(len(view["ducts"]["branches"]) for view in document["views"])
    return {
        "seconds": sorted(seconds[WARM:])[REPEATS // 2],
        "peak_mib": max(peaks),
        "branches": branches,
    }


def measure() -> Figures:
    """Make and read all, one after the other."""
    figures: Figures = {"sizes": [], "fingerprint": fingerprint()}
    with tempfile.TemporaryDirectory(prefix="galactograph-") as made:
        folder = Path(made)
        for number, pixel_mm in enumerate(PIXELS_MM):
            study = folder / f"size-{number}"
            megapixels = make(study, pixel_mm)
            taken = read(study, folder / f"size-{number}-out")
            figures["sizes"].append({"megapixels": megapixels, **taken})
            print(figures["sizes"][-1], flush=True)
        make(folder / "two", 0.07, views=2)
        figures["two"] = read(folder / "two", folder / "two-out")
        slices = make_stack(folder / "stack")
        figures["stack"] = {
            "slices": slices,
            **read(folder / "stack", folder / "stack-out"),
        }
    return {**figures, "load": os.getloadavg()[0], "cores": os.cpu_count()}


def markdown(f: Figures) -> str:
    """Write the figures for the documentation."""

    def row(what: str, one: Figures, each: str) -> list[str]:
        mib, branches = f"{one['peak_mib']:.0f}", str(one["branches"])
        return [what, f"{one['seconds']:.1f}", mib, branches, each]

    rows = [
        row(
            f"one view of {one['megapixels']:.1f} megapixels",
            one,
            f"{one['seconds'] / one['megapixels']:.2f} s a megapixel, "
            f"{1000 * one['seconds'] / max(one['branches'], 1):.0f} ms a branch",
        )
        for one in f["sizes"]
    ]
    rows.append(row("a study of two views, 13.6 megapixels each", f["two"], ""))
    stack = f"a stack of {f['stack']['slices']} slices"
    rows.append(row(stack, f["stack"], ""))
    head = ["from start to report written", "seconds", "peak MiB", "branches", "cost"]
    return (
        f"{f['cores']} cores; medians of {REPEATS}; load {f['load']:.1f}; "
        f"sources {f['fingerprint']}.\n\n" + pages.table(head, rows)
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write bench-out/scaling.json."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scaling", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--out", type=Path, default=ROOT / "bench-out")
    parser.add_argument("--write-docs", action="store_true", help="fill in the docs")
    options = parser.parse_args(arguments)
    figures = measure()
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "scaling.json"
    path.write_text(json.dumps(figures, indent=1), "utf-8")
    print(f"\n{markdown(figures)}\n\nfigures: {path}")
    if options.write_docs:
        pages.fill("scaling", markdown(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())

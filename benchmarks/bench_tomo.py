"""Measure tomosynthesis: reconstruction beside RTK on the same job, and a whole study.

    python -m benchmarks.bench_tomo                     ours alone, medians of three
    python -m benchmarks.bench_tomo --rtk PYTHON        and RTK's, in the same run
    python -m benchmarks.bench_tomo --write-docs        and put the figures in the docs

PYTHON is an interpreter that has `itk-rtk` installed: it is 1.6 GB with ITK, so it is
no dependency of ours. Every part is a process of its own. CPU seconds are those of all
threads together; on a machine that does other things too they are what to compare.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import pages
from benchmarks.children import ROOT, fingerprint, run

PAGE = ROOT / "docs" / "explanation" / "tomosynthesis.md"
Figures = dict[str, Any]

PUBLISHED = (
    ("VICTRE's FBP in C, as shipped, one thread", "137.8", "132", "3800"),
    ("... compiled with -O3 for this machine", "52.6", "44.9", "3800"),
    ("pyDBT distance-driven back-projection alone", "139", "82.0", "2100"),
    ("RTK voxel-driven back-projection alone", "12.6", "11.9", "1900"),
    ("RTK SART, one sweep", "61.1", "64.5", "3600"),
)
"""Measured once on the job of `fbp` by the design of this project, on two virtual cores
of an AMD EPYC (Zen 5), 24 GiB, partly under other load: wall s, CPU s, peak MB."""


def operator(views: int, rows: int, columns: int, slices: int, arc_deg: float) -> Any:  # noqa: ANN401
    """Return a sweep of 0.1 mm pixels and slices of 1 mm from 20 mm up."""
    from galactograph.tomo.operators import Operator, Sweep

    angle = np.deg2rad(np.linspace(-0.5, 0.5, views) * arc_deg)
    sweep = Sweep(
        sources_mm=np.column_stack(
            [0 * angle, 650 * np.sin(angle), 650 * np.cos(angle)]
        ),
        panel_rad=0 * angle,
        corner_mm=(0.0, -0.05 * rows),
        pixel_mm=0.1,
        shape=(rows, columns),
    )
    return Operator(sweep=sweep, heights_mm=20.0 + np.arange(slices) + 0.5)


def fbp() -> Callable[[], object]:
    """15 x (2000 x 1000) to 2000 x 1000 x 50, filter and resampling included."""
    from galactograph.tomo.fbp import reconstruct

    job = operator(15, 2000, 1000, 50, 15.0)
    seen = np.random.default_rng(0).random((15, 2000, 1000), np.float32)
    return lambda: reconstruct(seen, job)


def back() -> Callable[[], object]:
    """Back-projection alone of the same."""
    job = operator(15, 2000, 1000, 50, 15.0)
    seen = np.random.default_rng(0).random((15, 2000, 1000), np.float32)
    volume = np.zeros(job.shape, np.float32)
    return lambda: job.smear(seen, volume)


def forward() -> Callable[[], object]:
    """Forward projection of the same."""
    job = operator(15, 2000, 1000, 50, 15.0)
    volume = np.random.default_rng(0).random(job.shape, np.float32)
    return lambda: job.project(volume)


def sart() -> Callable[[], object]:
    """One sweep of SART over the same: 15 corrections."""
    from galactograph.tomo.iterative import mean, sweep

    job = operator(15, 2000, 1000, 50, 15.0)
    seen = np.random.default_rng(0).random((15, 2000, 1000), np.float32)
    volume = mean(seen, job)
    return lambda: sweep(volume, seen, job, 0.5, 0.0)


def clinical() -> Callable[[], object]:
    """25 x (3328 x 1400) to 50 slices, 50 degrees."""
    from galactograph.tomo.fbp import reconstruct

    job = operator(25, 3328, 1400, 50, 50.0)
    seen = np.random.default_rng(0).random((25, 3328, 1400), np.float32)
    return lambda: reconstruct(seen, job)


def study() -> Callable[[], object]:
    """Grow a woman, inject, 9 projections of 2850 x 1790, reconstruct: one view."""
    from galactograph.machines import TOMOSYNTHESIS
    from galactograph.phantom.anatomy import Anatomy
    from galactograph.simulation import simulate
    from galactograph.values.procedure import Exposure, Injection, Procedure

    ordered = Procedure(
        injection=Injection(volume_ml=0.9), exposures=(Exposure(mas=120),)
    )
    return lambda: simulate(
        seed=7,
        anatomy=Anatomy(lesion="papilloma"),
        procedure=ordered,
        modality=TOMOSYNTHESIS,
    )


PARTS: dict[str, tuple[str, Callable[[], Callable[[], object]], float]] = {
    "fbp": ("FBP, 15 x (2000 x 1000) to 50 slices", fbp, 1.2),
    "back": ("... back-projection alone", back, 0.0),
    "forward": ("... forward projection", forward, 0.0),
    "sart": ("... one sweep of SART", sart, 2.0),
    "clinical": ("FBP, 25 x (3328 x 1400) to 50 slices", clinical, 5.0),
    "study": ("a whole view: breast, 9 projections, slices", study, 0.0),
}
"""Label, what makes the job, and the wall seconds asked of it on two idle cores."""


def part(name: str, repeats: int) -> Figures:
    """Run one part in this process: medians, after one run that compiles."""
    job = PARTS[name][1]()
    job()
    taken = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        job()
        taken.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall_s, cpu_s = np.median(taken, axis=0)
    best = np.min(taken, axis=0)
    return {
        "wall_s": float(wall_s),
        "cpu_s": float(cpu_s),
        "best_wall_s": float(best[0]),
        "best_cpu_s": float(best[1]),
    }


def measure(repeats: int, rtk: str | None) -> Figures:
    """Run every part, each in a process of its own, and RTK if there is one."""
    parts: dict[str, Figures] = {}
    for name in PARTS:
        ran = run("python", "-m", "benchmarks.bench_tomo", "--part", name)
        parts[name] = _told(ran.output, ran.status) | {"peak_mib": ran.peak_mib}
        print(f"  {name}: {parts[name]}", flush=True)
    peers: dict[str, Figures] = {}
    for name in ("back", "forward") if rtk else ():
        script = str(ROOT / "benchmarks" / "peer_rtk.py")
        ran = run(str(rtk), script, name)
        peers[name] = _told(ran.output, ran.status) | {"peak_mib": ran.peak_mib}
        print(f"  RTK {name}: {peers[name]}", flush=True)
    return {
        "fingerprint": fingerprint(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}",
        "load": os.getloadavg()[0],
        "repeats": repeats,
        "parts": parts,
        "rtk": peers,
    }


def _told(output: str, status: int) -> Figures:
    if status:
        raise RuntimeError(output[-2000:])
    found: Figures = json.loads(output.strip().splitlines()[-1])
    return found


def markdown(f: Figures) -> str:
    """Write the figures for the documentation."""
    rows = []
    for name, (label, _, asked) in PARTS.items():
        one = f["parts"][name]
        rows.append(
            [
                label,
                f"{one['wall_s']:.2f}",
                f"{one['cpu_s']:.2f}",
                f"{one['best_cpu_s']:.2f}",
                f"{one['peak_mib']:.0f}",
                f"{asked:g}" if asked else "",
            ]
        )
    for name, one in f["rtk"].items():
        words = {
            "back": "RTK, voxel-driven back-projection alone",
            "forward": "RTK, Joseph forward projection",
        }
        rows.append(
            [
                words[name],
                f"{one['wall_s']:.1f}",
                f"{one['cpu_s']:.1f}",
                f"{one['best_cpu_s']:.1f}",
                f"{one['peak_mib']:.0f}",
                "",
            ]
        )
    head = ["job", "wall s", "CPU s", "least CPU s", "peak MiB", "asked, wall s"]
    text = (
        f"{f['machine']}; medians of {f['repeats']}; load {f['load']:.1f} from other "
        f"work; sources {f['fingerprint']}.\n\n" + pages.table(head, rows)
    )
    if f["rtk"]:
        ratio = f["rtk"]["back"]["cpu_s"] / f["parts"]["back"]["cpu_s"]
        text += f"\n\nRTK's back-projection takes {ratio:.0f} times the CPU of ours."
    old = pages.table(
        ["the same job in other programs", "wall s", "CPU s", "peak MB"],
        [list(row) for row in PUBLISHED],
    )
    return (
        text + "\n\nMeasured earlier, on two virtual cores of an AMD EPYC (Zen 5):\n\n"
        f"{old}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write bench-out/tomo.json."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_tomo",
        description=(__doc__ or "").split("\n")[0],
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--part", choices=PARTS, help="one part, in this process")
    parser.add_argument("--rtk", help="an interpreter that has itk-rtk")
    parser.add_argument("--out", type=Path, default=ROOT / "bench-out")
    parser.add_argument("--write-docs", action="store_true", help="fill in the docs")
    options = parser.parse_args(arguments)
    if options.part:
        print(json.dumps(part(options.part, options.repeats)))
        return 0
    figures = measure(options.repeats, options.rtk)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "tomo.json"
    path.write_text(json.dumps(figures, indent=1), "utf-8")
    print(f"\n{markdown(figures)}\n\nfigures: {path}")
    if options.write_docs:
        pages.fill("tomo", markdown(figures), PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measure time and memory of reading one view, beside what a user has today.

    python -m benchmarks.speed                measure, three times, medians
    python -m benchmarks.speed --write-docs   and put the figures in the docs

One simulated galactogram of 3328 x 4096 pixels; every run is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import pages
from benchmarks.children import ROOT, Run, fingerprint, run

SEED = 9_062_000
COLUMNS, ROWS, PIXEL_MM = 3328, 4096, 0.07
"""The large panel of a common mammography unit, upright."""

Figures = dict[str, Any]


def make(folder: Path) -> tuple[Path, Path]:
    """Write one filled view as DICOM, and the same attenuation as an array."""
    from galactograph.examples import write_study
    from galactograph.phantom.anatomy import Anatomy
    from galactograph.simulation import simulate
    from galactograph.values.procedure import Exposure, Injection, Procedure

    shot = Exposure(rows=ROWS, columns=COLUMNS, pixel_mm=PIXEL_MM)
    simulation = simulate(
        seed=SEED,
        anatomy=Anatomy(lesion="papilloma"),
        procedure=Procedure(injection=Injection(volume_ml=0.9), exposures=(shot,)),
    )
    view = next(
        path
        for path in write_study(simulation, folder / "study")
        if not path.stem.endswith("presentation")
    )
    array = folder / "attenuation.npy"
    np.save(array, simulation.study.views[0].image.pixels)
    return view, array


def measure(repeats: int) -> Figures:
    """Run chain, command and library in turn, so that a busy moment hits all."""
    taken: dict[str, list[Figures]] = {"chain": [], "command": [], "library": []}
    with tempfile.TemporaryDirectory(prefix="galactograph-") as made:
        folder = Path(made)
        view, array = make(folder)
        program = str(Path(sys.executable).with_name("galactograph"))
        # Compiled kernels are kept from the first use on; `doctor --warm` does that.
        _checked(run(program, "doctor", "--warm"))
        for n in range(repeats):
            out = str(folder / f"out-{n}")
            chain = _checked(run("python", "-m", "benchmarks.chain", str(array)))
            taken["chain"].append(
                {**_last(chain), "peak_mib": chain.peak_mib, "process": chain.seconds}
            )
            command = _checked(run(program, "read", str(view), "-o", out, "--quiet"))
            taken["command"].append(
                {"process": command.seconds, "peak_mib": command.peak_mib}
            )
            inside = _checked(run("python", "-m", "benchmarks.inside", str(view)))
            taken["library"].append({**_last(inside), "peak_mib": inside.peak_mib})
            print(f"  {n + 1} of {repeats}", flush=True)
    return _figures(taken)


def _checked(ran: Run) -> Run:
    if ran.status:
        raise RuntimeError(ran.output[-2000:])
    return ran


def _last(ran: Run) -> Figures:
    found: Figures = json.loads(ran.output.strip().splitlines()[-1])
    return found


def _figures(taken: dict[str, list[Figures]]) -> Figures:
    def median(what: str, name: str) -> float:
        return float(np.median([one[name] for one in taken[what]]))

    chain = float(np.median([sum(one["seconds"].values()) for one in taken["chain"]]))
    frangi = float(np.median([one["seconds"]["frangi"] for one in taken["chain"]]))
    command = median("command", "process")
    branches = int(taken["library"][0]["branches"])
    return {
        "fingerprint": fingerprint(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}",
        "load": os.getloadavg()[0],
        "repeats": len(taken["chain"]),
        "megapixels": ROWS * COLUMNS / 1e6,
        "chain_s": chain,
        "frangi_s": frangi,
        "chain_process_s": median("chain", "process"),
        "chain_mib": median("chain", "peak_mib"),
        "chain_branches": int(taken["chain"][0]["branches"]),
        "command_s": command,
        "command_mib": median("command", "peak_mib"),
        "first_s": median("library", "first"),
        "second_s": median("library", "second"),
        "library_mib": median("library", "peak_mib"),
        "branches": branches,
        "ratio": chain / command,
        "s_per_megapixel": command / (ROWS * COLUMNS / 1e6),
        "ms_per_branch": 1000 * command / max(branches, 1),
    }


def _rows(f: Figures) -> list[list[str]]:
    """Return label, seconds, peak MiB and branches of each way."""

    def row(what: str, seconds: str, mib: str = "", branches: str = "") -> list[str]:
        return [
            what,
            f"{f[seconds]:.1f}",
            f"{f[mib]:.0f}" if mib else "",
            str(f[branches]) if branches else "",
        ]

    ours = "`galactograph read`, from start to report written"
    again = "`galactograph.read`, again in the process"
    return [
        row("scikit-image Frangi, five scales, alone", "frangi_s"),
        row(
            "... with threshold, skeleton and skan",
            "chain_s",
            "chain_mib",
            "chain_branches",
        ),
        row(ours, "command_s", "command_mib", "branches"),
        row("`galactograph.read`, first in a process", "first_s"),
        row(again, "second_s", "library_mib", "branches"),
    ]


def markdown(f: Figures) -> str:
    """Write the figures for the documentation."""
    rows = _rows(f)
    head = ["one view of 3328 x 4096", "seconds", "peak MiB", "branches"]
    return (
        f"{f['machine']}; medians of {f['repeats']}; load {f['load']:.1f}; "
        f"sources {f['fingerprint']}.\n\n"
        + pages.table(head, rows)
        + f"\n\nThe whole reading, start-up and report included, takes "
        f"{f['command_s']:.1f} s: the chain takes {f['ratio']:.1f} times as long. That "
        f"is {f['s_per_megapixel']:.2f} s a megapixel, {f['ms_per_branch']:.0f} ms a "
        "branch."
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write bench-out/speed.json."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "bench-out")
    parser.add_argument("--write-docs", action="store_true", help="fill in the docs")
    options = parser.parse_args(arguments)
    figures = measure(options.repeats)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "speed.json"
    path.write_text(json.dumps(figures, indent=1), "utf-8")
    print(f"\n{markdown(figures)}\n\nfigures: {path}")
    if options.write_docs:
        pages.fill("speed", markdown(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())

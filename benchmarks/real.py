"""Measure the reader on real pictures: what no simulator drew.

    python -m benchmarks.real --data DIR               all parts
    python -m benchmarks.real --data DIR --write-docs  and put the figures in the docs

DIR holds any of: `ffdm` (mammograms without contrast as 16-bit PNG of 0.070 mm, named
like 1_L_CC.png), `retina/labels` (expert vessel masks), `crossings` (arteries red,
veins blue, crossings green, unsure white), `angiogram` (DICOM). What is absent is left
out, and said so.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import pages
from benchmarks.children import ROOT, fingerprint
from benchmarks.mammograms import implanted, plain
from benchmarks.real_tables import markdown
from benchmarks.vessels import paired, refused, traced_masks

IMPLANT_SEED = 9_061_000
"""First seed of the trees that are planted; for evaluation alone."""
TRIAL_SEED = 9_071_000

Figures = dict[str, Any]


def measure(data: Path, seeds: range, pictures: Path) -> Figures:
    """Measure all parts that there is data for."""
    ffdm = sorted((data / "ffdm").glob("*.png"))
    found: Figures = {"fingerprint": fingerprint(), "seeds": [seeds.start, len(seeds)]}
    with tempfile.TemporaryDirectory(prefix="galactograph-") as folder:
        parts = {
            "plain": (plain(ffdm), ffdm),
            "implants": (implanted(ffdm, seeds, Path(folder), pictures), ffdm),
            "retina": _with(traced_masks, data / "retina" / "labels", "*.png"),
            "crossings": _with(paired, data / "crossings", "*.png"),
            "angiogram": _with(refused, data / "angiogram", "*.dcm"),
        }
        for name, (rows, there) in parts.items():
            if not there:
                print(f"{name}: no data in {data}, left out")
            found[name] = []
            for row in rows:
                print(f"{name}: {_brief(row)}", flush=True)
                found[name].append(row)
    return found


def _with(
    part: Callable[[list[Path]], Iterator[Figures]], folder: Path, pattern: str
) -> tuple[Iterator[Figures], list[Path]]:
    paths = sorted(folder.glob(pattern))
    return part(paths), paths


def _brief(row: Figures) -> str:
    kept = {k: v for k, v in row.items() if k != "by_calibre"}
    return ", ".join(
        f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in kept.items()
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write bench-out/real.json."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.real", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the data")
    parser.add_argument("--trees", type=int, default=4, help="planted in each picture")
    parser.add_argument("--trial", action="store_true", help="use seeds for trials")
    parser.add_argument("--out", type=Path, default=ROOT / "bench-out")
    parser.add_argument("--write-docs", action="store_true", help="fill in the docs")
    options = parser.parse_args(arguments)
    first = TRIAL_SEED if options.trial else IMPLANT_SEED
    pictures = options.out / "real"
    found = measure(options.data, range(first, first + options.trees), pictures)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "real.json"
    path.write_text(json.dumps(found, indent=1), "utf-8")
    print(f"\n{markdown(found)}\n\nfigures: {path}")
    if options.write_docs:
        pages.fill("real", markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())

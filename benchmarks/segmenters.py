"""Compare segmenters: the same views, read once with each, in one run.

    python -m benchmarks.segmenters --data DIR --studies DIR

`--data` is what `benchmarks.real` takes: mammograms without contrast in `ffdm`, read
as they are and with ducts planted. `--studies` holds simulated studies, one folder
each; their filled views are read raw, for display, and diluted to a third.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import implants, scoring
from benchmarks.children import ROOT, fingerprint
from benchmarks.mammograms import CONTRASTS, FFDM_MM, stored_pixels
from benchmarks.worker import BINS_MM, found_course
from galactograph.dicom.study import load
from galactograph.plugins import plugin
from galactograph.reading import read_view
from galactograph.values.codes import Laterality
from galactograph.values.image import Image
from galactograph.values.report import Reading
from galactograph.values.study import Role, View

PLANTED_SEED = 8_690
"""First seed of the planted trees; development's own."""

DILUTED = 1 / 3
"""Contrast that is left in diluted views (issue: a third)."""

Figures = dict[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A view to read, and the ducts in it; none in a plain mammogram."""

    part: str
    name: str
    view: View
    scout: View | None
    true: scoring.Course


NOTHING = scoring.join(())


def plain(paths: list[Path]) -> Iterator[Case]:
    """Yield mammograms without contrast."""
    for path in paths:
        yield Case(
            part="plain",
            name=path.stem,
            view=_ffdm(path, path),
            scout=None,
            true=NOTHING,
        )


def planted(paths: list[Path], seeds: range, folder: Path) -> Iterator[Case]:
    """Yield mammograms with simulated trees planted, at every contrast."""
    for path in paths:
        bare = read_view(_ffdm(path, path))
        stored = stored_pixels(path)
        noise = implants.noise_of(stored.astype(np.float32), bare.scene.breast, FFDM_MM)
        for seed in seeds:
            tree = implants.implant(bare, seed=seed)
            true = scoring.course(
                tree.points,
                tree.parents,
                tree.calibre_mm,
                pixel_mm=FFDM_MM,
                kept=tree.visible,
            )
            for contrast in CONTRASTS:
                file = folder / f"{path.stem}_{seed}_{contrast:.0f}.png"
                units = contrast * noise
                cv2.imwrite(
                    str(file), implants.painted(stored, tree, units_per_mm=units)
                )
                yield Case(
                    part=f"planted {contrast:.0f}",
                    name=file.stem,
                    view=_ffdm(file, path),
                    scout=None,
                    true=true,
                )


def _ffdm(file: Path, named: Path) -> View:
    _, side, position = named.stem.split("_")[:3]
    study = load(
        file,
        pixel_spacing_mm=FFDM_MM,
        laterality=Laterality(side),
        position=position,
    )
    return study.views[0]


def simulated(folders: list[Path]) -> Iterator[Case]:
    """Yield the filled views of simulated studies, raw, for display, diluted."""
    for folder in folders:
        told = json.loads((folder / "truth" / "truth.json").read_text("utf-8"))
        views = {Path(v.source).stem: v for v in load(folder).views}
        scouts = [v for v in views.values() if v.role is Role.SCOUT]
        for about in told["views"]:
            view = views.get(about["source"])
            if view is None or view.role is Role.SCOUT:
                continue
            true = scoring.course(
                np.array(about["points"]),
                np.array(told["tree"]["parents"]),
                np.array(about["calibre_mm"]),
                pixel_mm=view.image.grid.pixel_mm,
                kept=np.array(about["visible"]),
            )
            scout = next((s for s in scouts if s.position == view.position), None)
            name = f"{folder.name} {about['view']}"
            case = Case(part="raw", name=name, view=view, scout=scout, true=true)
            yield case
            if scout is not None:
                pale = diluted(view, scout)
                yield replace(case, part="a third", view=pale, scout=None)
                continue
            shown = folder / f"{about['source']}-presentation.dcm"
            if shown.exists():
                yield replace(case, part="for display", view=load(shown).views[0])


def diluted(view: View, scout: View) -> View:
    """Return a view with a third of its contrast, from it and its scout.

    Both share the tissue; the mean of two noises is smaller than one, so as much as
    is missing is added anew.
    """
    before, after = scout.image.pixels, view.image.pixels
    mixed = before + np.float32(DILUTED) * (after - before)
    grain = cv2.filter2D(before, cv2.CV_32F, implants.GRAIN)
    rough = cv2.blur(grain * grain, (61, 61))
    lacking = 1 - DILUTED**2 - (1 - DILUTED) ** 2
    rng = np.random.default_rng(0)
    mixed += np.sqrt(lacking * rough) * rng.standard_normal(
        mixed.shape, dtype=np.float32
    )
    return replace(view, image=Image(pixels=mixed, grid=view.image.grid))


def score(case: Case, reading: Reading, seconds: float) -> Figures:
    """Return lengths of truth and of what was traced."""
    mm = reading.view.image.grid.pixel_mm
    found = found_course(reading)
    return {
        "part": case.part,
        "name": case.name,
        "adequacy": reading.adequacy.status.value,
        "traced_mm": reading.total_length_mm,
        "seconds": seconds,
        "notes": [note for note in reading.scene.notes if "network" in note],
        **scoring.score_ducts(case.true, found, pixel_mm=mm, bins=BINS_MM),
    }


def compare(cases: Iterator[Case], names: list[str]) -> Iterator[Figures]:
    """Read every case with every segmenter."""
    chosen = {name: plugin("segmenters", name) for name in names}
    for case in cases:
        for name, segmenter in chosen.items():
            begin = time.process_time()
            reading = read_view(case.view, scout=case.scout, segmenter=segmenter)
            seconds = time.process_time() - begin
            yield {"segmenter": name, **score(case, reading, seconds)}


def table(rows: list[Figures]) -> str:
    """Return the figures as a table: a line for each part and segmenter."""
    lines = [
        "| part | segmenter | views | found | right | drawn, mm | CPU s |",
        "|---|---|---|---|---|---|---|",
    ]
    kinds = dict.fromkeys((row["part"], row["segmenter"]) for row in rows)
    for part, name in sorted(kinds):
        some = [r for r in rows if (r["part"], r["segmenter"]) == (part, name)]
        true, hit, drawn, right = (
            sum(r[key] for r in some)
            for key in ("true_mm", "hit_mm", "found_mm", "right_mm")
        )
        found = f"{hit / true:.3f}" if true else "-"
        fair = f"{right / drawn:.3f}" if true and drawn else "-"
        seconds = np.mean([r["seconds"] for r in some])
        mm = np.mean([r["all_found_mm"] for r in some])
        lines.append(
            f"| {part} | {name} | {len(some)} | {found} | {fair} | {mm:.0f} "
            f"| {seconds:.1f} |"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Compare, print a table, and write bench-out/segmenters.json."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.segmenters",
        description=(__doc__ or "").split("\n")[0],
    )
    parser.add_argument("--data", type=Path, help="folder with real pictures")
    parser.add_argument("--studies", type=Path, nargs="*", default=[])
    parser.add_argument("--names", nargs="+", default=["ridges", "learned", "both"])
    parser.add_argument("--seed", type=int, default=PLANTED_SEED)
    parser.add_argument("--trees", type=int, default=2, help="planted in each picture")
    parser.add_argument("--out", type=Path, default=ROOT / "bench-out")
    options = parser.parse_args(arguments)
    rows: list[Figures] = []
    with tempfile.TemporaryDirectory(prefix="galactograph-") as folder:
        for case in _cases(options, Path(folder)):
            for row in compare(iter([case]), options.names):
                print(_brief(row), flush=True)
                rows.append(row)
    options.out.mkdir(parents=True, exist_ok=True)
    told = {"fingerprint": fingerprint(), "rows": rows}
    (options.out / "segmenters.json").write_text(json.dumps(told, indent=1), "utf-8")
    print(table(rows))
    return 0


def _cases(options: argparse.Namespace, folder: Path) -> Iterator[Case]:
    if options.data is not None:
        ffdm = sorted((options.data / "ffdm").glob("*.png"))
        yield from plain(ffdm)
        seeds = range(options.seed, options.seed + options.trees)
        yield from planted(ffdm, seeds, folder)
    yield from simulated(options.studies)


def _brief(row: Figures) -> str:
    return (
        f"{row['part']}, {row['name']}, {row['segmenter']}: {row['adequacy']}, "
        f"{row['hit_mm']:.0f} of {row['true_mm']:.0f} mm found, "
        f"{row['right_mm']:.0f} of {row['found_mm']:.0f} right, "
        f"{row['seconds']:.1f} s {' '.join(row['notes'])}"
    )


if __name__ == "__main__":
    sys.exit(main())

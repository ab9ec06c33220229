"""Which simulated studies a comparison is made on: given as folders, or made anew."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.children import ROOT, fingerprint
from benchmarks.studies import QUICK_MM, Case, write
from galactograph.examples import write_study
from galactograph.phantom.anatomy import Anatomy, LesionName
from galactograph.simulation import simulate
from galactograph.values.procedure import Exposure, Injection, Procedure
from galactograph.values.truth import Simulation

Record = dict[str, Any]


def options_of(
    name: str, text: str | None, arguments: list[str] | None, *, seed: int, count: int
) -> argparse.Namespace:
    """Return what was asked for on the command line of `benchmarks.<name>`."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}", description=(text or "").split("\n")[0]
    )
    parser.add_argument("--studies", type=Path, nargs="+", help="folders with truth")
    parser.add_argument("--seed", type=int, default=seed, help="first, without folders")
    parser.add_argument("--count", type=int, default=count, help="how many to make")
    parser.add_argument("--small", action="store_true", help="make small breasts")
    parser.add_argument("--data", type=Path, help="folder with real pictures")
    parser.add_argument("--out", type=Path, default=ROOT / "bench-out")
    parser.add_argument(
        "--mixed", action="store_true", help="keep results of other sources"
    )
    parser.add_argument("--write-docs", action="store_true", help="fill in the docs")
    return parser.parse_args(arguments)


def studies(
    options: argparse.Namespace, kinds: Sequence[LesionName | None]
) -> Iterator[tuple[str, Path | None]]:
    """Yield name and folder of each study; None: to be made when it is asked for."""
    if options.studies:
        for folder in options.studies:
            yield folder.resolve().name, folder
        return
    for n in range(options.count):
        yield f"{kinds[n % len(kinds)] or 'none'}-{options.seed + n}", None


def made(name: str, options: argparse.Namespace, folder: Path) -> Path:
    """Make the study of this name in `folder`; a small one: CC before and after."""
    kind, _, seed = name.rpartition("-")
    lesion: Any = None if kind == "none" else kind
    number = int(seed)
    if options.small:
        write_study(little(lesion, number), folder / name)
    else:
        case = Case(number=number - options.seed, seed=number, lesion=lesion)
        write(case, folder / name)
    return folder / name


def little(
    lesion: LesionName, seed: int, *, size_mm: float | None = None
) -> Simulation:
    """Simulate a small breast on a small panel: CC, scout and filled.

    A lesion of a given size lets contrast pass.
    """
    shot = Exposure(rows=1120, columns=720, pixel_mm=QUICK_MM)
    anatomy = Anatomy(
        lesion=lesion, depth_mm=55.0, radius_mm=50.0, branches=60, lobes=3
    )
    if size_mm is not None:
        anatomy = replace(anatomy, lesion_size_mm=size_mm, obstructs=False)
    return simulate(
        seed=seed,
        anatomy=anatomy,
        procedure=Procedure(
            injection=Injection(), exposures=(replace(shot, contrast=False), shot)
        ),
    )


def truth_in(folder: Path) -> dict[str, Any]:
    """Load the truth of a simulated study."""
    loaded: dict[str, Any] = json.loads(
        (folder / "truth" / "truth.json").read_text("utf-8")
    )
    return loaded


def known(path: Path, *, mixed: bool) -> Record | None:
    """Return an earlier result, if it is by the same sources (or `mixed`)."""
    if not path.exists():
        return None
    record: Record = json.loads(path.read_text("utf-8"))
    return record if mixed or record.get("fingerprint") == fingerprint() else None


def keep(path: Path, record: Record) -> Record:
    """Write a result with the digest of the sources that gave it."""
    record = {**record, "fingerprint": fingerprint()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record), "utf-8")
    return record


def of_each(
    name: str,
    options: argparse.Namespace,
    kinds: Sequence[LesionName | None],
    measure: Any,  # noqa: ANN401  (folder) -> Record
) -> list[Record]:
    """Measure each study once: `measure(folder)` gives what is kept of it."""
    records = []
    for study, given in studies(options, kinds):
        path = options.out / name / f"{study}.json"
        record = known(path, mixed=options.mixed)
        if record is None:
            with tempfile.TemporaryDirectory(prefix="galactograph-") as aside:
                folder = given or made(study, options, Path(aside))
                record = keep(path, {"name": study, **measure(folder)})
            print(f"  {study}", flush=True)
        records.append(record)
    return records


def about(options: argparse.Namespace, records: Sequence[Record]) -> str:
    """Say on what a table rests."""
    digests = sorted({record["fingerprint"] for record in records})
    where = (
        "given as folders; what was used in development proves nothing"
        if options.studies
        else f"seeds from {options.seed}"
    )
    return f"{len(records)} simulated studies ({where}); sources {', '.join(digests)}."

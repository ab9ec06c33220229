"""Measure the reader on the fixed evaluation set, and print its scorecard.

    python -m benchmarks.scorecard --jobs 2         80 studies, resumable
    python -m benchmarks.scorecard --small --only 0 1 2 --seed 9070000     to try it
    python -m benchmarks.scorecard --rescore        measure again what was read
    python -m benchmarks.scorecard --write-docs     put the last figures in the docs

Every study is simulated and written as DICOM by one process, then read and scored by
another. Results are kept: a run that was broken off goes on where it stopped. The
seeds of the set are for this alone; to try anything, give another block by `--seed`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import pages, scorecard_pages, scorecard_tables
from benchmarks.children import ROOT, fingerprint, run
from benchmarks.scorecard_design import SEED, Row, table
from galactograph.trials.intervals import ROUNDS

OUT = ROOT / "bench-out"
WORST = 10
Result = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Run:
    """Where and how studies are made: folder, first seed, size, threads, sources."""

    folder: Path
    seed: int
    small: bool
    threads: int | None
    digest: str
    mixed: bool = False
    rescore: bool = False


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the scorecard, write scorecard.json and the worst cases."""
    options = _options(arguments)
    name = "scorecard-small" if options.small else "scorecard"
    if options.seed != SEED:
        name += f"-{options.seed}"
    # Figures of some studies do not take the place of those of all.
    part = "-part" if options.only or options.kind else ""
    summary_path = Path(options.out) / f"{name}{part}.json"
    if options.write_docs:
        summary = json.loads(summary_path.read_text("utf-8"))
        pages.fill("scorecard", scorecard_pages.markdown(summary))
        return 0
    made = Run(
        folder=Path(options.out) / name,
        seed=options.seed,
        small=options.small,
        threads=1 if options.jobs > 1 else None,
        digest=fingerprint(),
        mixed=options.mixed or options.rescore,
        rescore=options.rescore,
    )
    made.folder.mkdir(parents=True, exist_ok=True)
    rows = chosen(options.only, options.kind)
    failures = measure(rows, made, jobs=options.jobs)
    results = [r for row in rows if (r := known(row, made)) is not None]
    if not results:
        print("\n".join(failures) or "nothing to score", file=sys.stderr)
        return 1
    summary = scorecard_tables.summarise(results, rounds=options.rounds)
    summary.update(
        seed=made.seed,
        small=made.small,
        sources=sorted({r["sources"] for r in results}),
        failures=failures,
    )
    summary_path.write_text(json.dumps(summary, indent=1), "utf-8")
    print(scorecard_pages.text(summary))
    _keep_worst(results, made.folder)
    print(f"\nfigures: {summary_path}\nworst cases: {made.folder / 'worst'}")
    print("\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scorecard",
        description=(__doc__ or "").split("\n", maxsplit=1)[0],
    )
    parser.add_argument("--jobs", type=int, default=2, help="studies at a time")
    parser.add_argument("--only", type=int, nargs="+", help="these rows only")
    parser.add_argument(
        "--kind", nargs="+", help='these kinds only, such as papilloma, or "sweep"'
    )
    parser.add_argument("--small", action="store_true", help="small breasts and panels")
    parser.add_argument("--seed", type=int, default=SEED, help="another block of seeds")
    parser.add_argument("--out", default=str(OUT), help="where results are kept")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="of the bootstrap; 0 for none"
    )
    parser.add_argument(
        "--mixed", action="store_true", help="keep results of other sources"
    )
    parser.add_argument(
        "--rescore", action="store_true", help="measure again, without reading"
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="put the last figures in the docs"
    )
    return parser.parse_args(arguments)


def chosen(only: Sequence[int] | None, kinds: Sequence[str] | None) -> tuple[Row, ...]:
    """Return the rows that are asked for."""
    return tuple(
        row
        for row in table()
        if (not only or row.number in only)
        and (
            not kinds
            or row.kind in kinds
            or ("sweep" in kinds and row.modality != "radiograph")
        )
    )


def known(row: Row, made: Run) -> Result | None:
    """Return an earlier result of this row by the same sources, if there is one."""
    path = made.folder / f"{row.name}.json"
    if not path.exists():
        return None
    result: Result = json.loads(path.read_text("utf-8"))
    same = made.mixed or result.get("sources") == made.digest
    return result if same and result["seed"] == made.seed + row.number else None


def measure(rows: Sequence[Row], made: Run, *, jobs: int) -> list[str]:
    """Make what is not known; return what failed."""
    todo = [row for row in rows if made.rescore or known(row, made) is None]
    print(f"{len(rows)} studies, {len(rows) - len(todo)} known", flush=True)
    failures = []
    begin = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(_one, row, made): row for row in todo}
        for done, future in enumerate(as_completed(waiting), 1):
            name = waiting[future].name
            trouble = future.result()
            if trouble:
                failures.append(f"{name}: {trouble}")
            left = (time.perf_counter() - begin) / done * (len(todo) - done)
            print(
                f"  {name} ({done}/{len(todo)}, {left / 60:.0f} min left)", flush=True
            )
    return failures


def _one(row: Row, made: Run) -> str:
    """Make, read and score one study; return what went wrong, or nothing."""
    if made.rescore and known(row, made) is None:
        return "was not read"
    size = "small" if made.small else "full"
    with tempfile.TemporaryDirectory(prefix="galactograph-") as folder:
        for what in ("rescore",) if made.rescore else ("make", "read"):
            ran = run(
                "python",
                "-m",
                "benchmarks.scorecard_worker",
                *(what, size, str(made.seed), str(row.number)),
                *(f"{folder}/study", str(made.folder)),
                threads=made.threads,
            )
            if ran.status:
                return f"{what} failed: {ran.output.strip()[-600:]}"
    path = made.folder / f"{row.name}.json"
    result = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**result, "sources": made.digest}), "utf-8")
    return ""


def _keep_worst(results: Sequence[Result], folder: Path) -> None:
    """Copy the pictures of the worst views to one place."""
    worst = folder / "worst"
    shutil.rmtree(worst, ignore_errors=True)
    worst.mkdir()
    for rank, name in enumerate(scorecard_tables.worst(results)[:WORST], 1):
        picture = folder / "views" / name
        if picture.exists():
            shutil.copy(picture, worst / f"{rank:02d}-{picture.name}")


if __name__ == "__main__":
    sys.exit(main())

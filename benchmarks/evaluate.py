"""Measure the reader on simulated studies, through files, as a user would use it.

    python -m benchmarks.evaluate                  60 studies, resumable
    python -m benchmarks.evaluate --quick          six small ones, to try it
    python -m benchmarks.evaluate --write-docs     put the last figures in the docs

Every study is simulated and written as DICOM by one process, then read and scored by
another; its result is kept, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import figures, pages, tables
from benchmarks.children import ROOT, fingerprint, measures, run
from benchmarks.studies import Case, cases

OUT = ROOT / "bench-out"
WORST = 8


def main(arguments: list[str] | None = None) -> int:
    """Measure, print a table, write evaluate.json and the worst cases."""
    options = _options(arguments)
    out = Path(options.out)
    summary_path = out / ("evaluate-quick.json" if options.quick else "evaluate.json")
    if options.write_docs:
        summary = json.loads(summary_path.read_text("utf-8"))
        pages.fill("evaluate", tables.markdown(summary))
        return 0
    folder = out / ("evaluate-quick" if options.quick else "evaluate")
    folder.mkdir(parents=True, exist_ok=True)
    digest = fingerprint()
    chosen = cases(quick=options.quick, seed=options.seed or None)
    if options.only:
        chosen = tuple(case for case in chosen if case.number in options.only)
    results, failures = measure(
        chosen, folder, jobs=options.jobs, digest=digest, mixed=options.mixed
    )
    if not results:
        print("\n".join(failures), file=sys.stderr)
        return 1
    summary = figures.summarise(results)
    summary.update(
        fingerprint=digest,
        fingerprints=sorted({r["fingerprint"] for r in results}),
        first_seed=chosen[0].seed - chosen[0].number,
        failures=failures,
        quick=options.quick,
        jobs=options.jobs,
    )
    summary_path.write_text(json.dumps(summary, indent=1), "utf-8")
    print(tables.text(summary))
    _keep_worst(summary, folder)
    print(f"\nfigures: {summary_path}\nworst cases: {folder / 'worst'}")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.evaluate", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--jobs", type=int, default=2, help="studies at a time")
    parser.add_argument("--quick", action="store_true", help="six small studies")
    parser.add_argument("--only", type=int, nargs="+", help="these numbers only")
    parser.add_argument("--seed", type=int, default=0, help="another block of seeds")
    parser.add_argument("--out", default=str(OUT), help="where results are kept")
    parser.add_argument(
        "--mixed", action="store_true", help="keep results of other sources"
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="put the last figures in the docs"
    )
    return parser.parse_args(arguments)


def measure(
    chosen: tuple[Case, ...], folder: Path, *, jobs: int, digest: str, mixed: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the results of all studies, old and new, and what failed."""
    todo = [c for c in chosen if _known(c, folder, digest, mixed=mixed) is None]
    print(f"{len(chosen)} studies, {len(chosen) - len(todo)} known", flush=True)
    failures = []
    begin = time.perf_counter()
    one = partial(_one, folder=folder, jobs=jobs, digest=digest)
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(one, case): case for case in todo}
        for done, future in enumerate(as_completed(waiting), 1):
            trouble = future.result()
            if trouble:
                failures.append(f"{waiting[future].name}: {trouble}")
            left = (time.perf_counter() - begin) / done * (len(todo) - done)
            name = waiting[future].name
            print(
                f"  {name} ({done}/{len(todo)}, {left / 60:.0f} min left)", flush=True
            )
    found = [_known(case, folder, digest, mixed=mixed) for case in chosen]
    return [result for result in found if result is not None], failures


def _known(
    case: Case, folder: Path, digest: str, *, mixed: bool
) -> dict[str, Any] | None:
    """Return an earlier result by the same sources and measures, if there is one.

    With `mixed`, the program's sources may differ, its measures may not.
    """
    path = folder / f"{case.name}.json"
    if not path.exists():
        return None
    result: dict[str, Any] = json.loads(path.read_text("utf-8"))
    same = result.get("fingerprint") == digest or mixed
    same &= result.get("measures") == measures()
    return result if same and result["case"]["seed"] == case.seed else None


def _one(case: Case, *, folder: Path, jobs: int, digest: str) -> str:
    """Make, read and score one study; return what went wrong, or nothing."""
    quick = "quick" if case.small else "full"
    seed = str(case.seed - case.number)
    threads = 1 if jobs > 1 else None
    with tempfile.TemporaryDirectory(prefix="galactograph-") as made:
        for what in ("make", "read"):
            ran = run(
                "python",
                "-m",
                "benchmarks.worker",
                *(what, quick, seed, str(case.number)),
                *(f"{made}/study", str(folder)),
                threads=threads,
            )
            if ran.status:
                return f"{what} failed: {ran.output.strip()[-600:]}"
    path = folder / f"{case.name}.json"
    result = json.loads(path.read_text("utf-8"))
    result.update(fingerprint=digest, measures=measures())
    path.write_text(json.dumps(result), "utf-8")
    return ""


def _keep_worst(summary: dict[str, Any], folder: Path) -> None:
    """Copy the pictures of the worst views to one place."""
    worst = folder / "worst"
    shutil.rmtree(worst, ignore_errors=True)
    worst.mkdir()
    for rank, entry in enumerate(summary["worst"][:WORST], 1):
        picture = folder / "views" / entry["picture"]
        if picture.exists():
            shutil.copy(picture, worst / f"{rank}-{picture.name}")


if __name__ == "__main__":
    sys.exit(main())

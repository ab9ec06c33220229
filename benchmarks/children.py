"""Run a part of a benchmark in a process of its own, and say what it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MIB_PER_KIB = 1 / 1024

_LAUNCH = """
import json, os, sys, time
begin = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
taken = [time.perf_counter() - begin, used.ru_maxrss, os.waitstatus_to_exitcode(status)]
with open(sys.argv[1], "w") as told:
    json.dump(taken, told)
"""
# A process inherits the peak of the one that starts it, until it is larger itself: so
# a small one starts it. wait4 tells of this child alone, not of all so far.


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a process took: wall seconds, peak resident MiB, status, output."""

    seconds: float
    peak_mib: float
    status: int
    output: str


def run(*arguments: str, threads: int | None = None) -> Run:
    """Run a command to its end, helpers of its own included.

    Parameters
    ----------
    arguments
        The command; "python" stands for this interpreter.
    threads
        How many threads the libraries may use; None leaves it to them.
    """
    environment = dict(os.environ)
    if threads is not None:
        for name in ("NUMBA", "OMP", "OPENBLAS", "MKL"):
            environment[f"{name}_NUM_THREADS"] = str(threads)
        environment["OPENCV_FOR_THREADS_NUM"] = str(threads)
    first = sys.executable if arguments[0] == "python" else arguments[0]
    with tempfile.TemporaryDirectory() as folder:
        told, output = Path(folder, "told"), Path(folder, "output")
        with output.open("wb") as written:
            subprocess.run(
                [
                    sys.executable,
                    "-I",
                    "-S",
                    "-c",
                    _LAUNCH,
                    told,
                    first,
                    *arguments[1:],
                ],
                cwd=ROOT,
                env=environment,
                stdout=written,
                stderr=subprocess.STDOUT,
                check=True,
            )
        seconds, kib, status = json.loads(told.read_text("utf-8"))
        return Run(
            seconds=seconds,
            peak_mib=kib * MIB_PER_KIB,
            status=status,
            output=output.read_text("utf-8", "replace"),
        )


def fingerprint() -> str:
    """Return a digest of the program's sources: results of two are not mixed."""
    folder = ROOT / "src" / "galactograph"
    kept = {".py", ".toml", ".csv", ".json"}
    return _digest(p for p in sorted(folder.rglob("*")) if p.suffix in kept)


def measures() -> str:
    """Return a digest of what decides how a study is made and scored."""
    folder = Path(__file__).parent
    return _digest(folder / f"{name}.py" for name in ("scoring", "studies", "worker"))


def _digest(paths: Iterable[Path]) -> str:
    digest = sha256()
    for path in paths:
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

"""Run a part of a benchmark in a process of its own, and say what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MIB_PER_KIB = 1 / 1024


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
    with tempfile.TemporaryFile("w+") as written:
        begin = time.perf_counter()
        # wait4 tells the peak of this child alone; getrusage that of all so far.
        child = subprocess.Popen(
            [first, *arguments[1:]],
            cwd=ROOT,
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begin
        written.seek(0)
        output = written.read()
    return Run(
        seconds=seconds,
        peak_mib=used.ru_maxrss * MIB_PER_KIB,
        status=child.returncode,
        output=output,
    )


def fingerprint() -> str:
    """Return a digest of the program's sources: results of two are not mixed."""
    digest = sha256()
    folder = ROOT / "src" / "galactograph"
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".py", ".toml", ".csv", ".json"}:
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

"""Two senders, a listener that is killed at random: none lost, none twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_killed_at_any_moment_it_loses_no_study_and_reads_none_twice() -> None:
    if not (ROOT / "benchmarks").exists():
        pytest.skip("the benchmarks are not in this copy")
    # Quiet for longer than a busy machine stands still.
    words = ("--studies", "30", "--kills", "4", "--quiet-s", "3")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_listen", *words],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=300,
    )
    told = json.loads(done.stdout)
    assert told["kills"] == 4
    assert (told["lost"], told["twice"], told["results"]) == (0, 0, 30)
    # Every result is of the whole study, not of what had come when it was killed.
    assert told["of all images"] == 30
    # The last one was asked to end, by SIGTERM.
    assert told["ended with"] == 0

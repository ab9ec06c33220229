"""Two senders, a listener that is killed at random: none lost, none twice."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks import bench_listen  # noqa: E402  after the search path

# pynetdicom leaves a socket that never connected to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <(ssl|socket):ResourceWarning")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect such sockets within the test, which lets the warning pass."""
    yield
    gc.collect()


def test_killed_at_any_moment_it_loses_no_study_and_reads_none_twice() -> None:
    told = bench_listen.ordeal(30, 4, seed=5)
    assert told["kills"] == 4
    assert (told["lost"], told["twice"], told["results"]) == (0, 0, 30)
    # Every result is of the whole study, not of what had come when it was killed.
    assert told["of all images"] == 30
    # The last one was asked to end, by SIGTERM.
    assert told["ended with"] == 0

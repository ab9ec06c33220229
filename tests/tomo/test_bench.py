"""What is measured of tomosynthesis is told rightly."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks import bench_tomo  # noqa: E402  after the search path


def figures(ours_s: float, theirs_s: float) -> bench_tomo.Figures:
    """Return figures in which every part took as long."""

    def one(seconds: float) -> bench_tomo.Figures:
        names = ("wall_s", "cpu_s", "best_wall_s", "best_cpu_s", "peak_mib")
        return dict.fromkeys(names, seconds)

    return {
        "fingerprint": "abc",
        "machine": "two cores",
        "load": 0.0,
        "repeats": 3,
        "parts": {name: one(ours_s) for name in bench_tomo.PARTS},
        "rtk": {"back": one(theirs_s)} if theirs_s else {},
    }


def test_the_ratio_to_a_peer_is_that_of_cpu_seconds() -> None:
    told = bench_tomo.markdown(figures(0.5, 10.0))
    assert "takes 20 times the CPU of ours" in told
    assert all(label in told for label, _, _ in bench_tomo.PARTS.values())
    assert "RTK's" not in bench_tomo.markdown(figures(0.5, 0.0))


def test_the_page_has_room_for_the_figures() -> None:
    text = bench_tomo.PAGE.read_text("utf-8")
    assert "<!-- tomo: written by a command -->" in text
    assert "<!-- tomo: end -->" in text


def test_the_job_is_the_one_that_was_asked() -> None:
    job = bench_tomo.operator(15, 2000, 1000, 50, 15.0)
    assert job.shape == (50, 2000, 1000)
    assert job.views == 15
    assert job.heights_mm[0] == 20.5

"""A study read by two processes says what it says when one reads it."""

import subprocess
import sys
from pathlib import Path

import pytest

from galactograph.examples import little_study, write_study

PROGRAM = """
import json, sys
import galactograph
from galactograph import reading
copies = []
def counted(*given, **held):
    copies.append(given)
    return in_two(*given, **held)
in_two, reading.in_two = reading.in_two, counted
both = galactograph.read(sys.argv[1], processes=2)
assert len(copies) == 1
alone = galactograph.read(sys.argv[1])
assert len(copies) == 1
assert len(both.readings) == 2 and both.readings[1].total_length_mm > 0
assert json.dumps(both.to_dict()) == json.dumps(alone.to_dict())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="copies are of Linux")
def test_a_copy_of_the_process_reads_the_other_view_alike(tmp_path: Path) -> None:
    write_study(little_study(seed=3, pixel_mm=0.15), tmp_path)
    for path in tmp_path.glob("*-presentation.dcm"):
        path.unlink()
    asked = [sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]

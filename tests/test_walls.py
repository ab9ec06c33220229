"""The walls of the house: what may import what, and what must stay light."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

HEAVY = ("scipy", "skimage", "numba", "cv2", "pydicom", "matplotlib", "PIL")


@pytest.mark.slow
def test_no_import_breaks_a_wall() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    if not Path(command[0]).exists():
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "The reader never sees the truth KEPT" in done.stdout


@pytest.mark.parametrize(
    "module",
    [
        "galactograph",
        "galactograph.errors",
        "galactograph.seeds",
        "galactograph.plugins",
        "galactograph.values.report",
        "galactograph.values.truth",
    ],
)
def test_the_ground_floor_is_light(module: str) -> None:
    code = (
        f"import sys, {module}; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert done.stdout.strip() == "[]"


def test_reading_never_loads_the_truth() -> None:
    code = (
        "import sys, galactograph.reading; "
        "print([n for n in sys.modules if n.startswith('galactograph.') and "
        "n.split('.')[1] in ('phantom', 'xray', 'contrast', 'simulation') "
        "or n == 'galactograph.values.truth'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "[]"

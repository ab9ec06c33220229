"""The commands of the README are run as they stand."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted((ROOT / "docs").rglob("*.md"))


def fenced(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(text: str = README) -> list[str]:
    """Return every command line, without its comment."""
    lines = "".join(fenced("sh", text)).splitlines()
    return [line.partition("#")[0].strip() for line in lines if line.strip()]


def environment() -> dict[str, str]:
    here = sysconfig.get_path("scripts")
    return {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ['PATH']}"}


def test_the_first_screen_is_one_picture_and_two_commands() -> None:
    screen = README.partition("---")[0]
    assert screen.count("![") == 1
    assert [c.split()[:2] for c in commands(screen)] == [
        ["make", "demo"],
        ["make", "test"],
    ]


def test_the_picture_is_there_and_light() -> None:
    named = re.search(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert named is not None
    picture = ROOT / named[1]
    assert picture.stat().st_size <= 600_000
    image = cv2.imread(str(picture))
    assert image is not None
    assert image.shape[1] > 900


def test_every_link_of_the_readme_is_there() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / link).exists(), link


@pytest.mark.parametrize("page", [None, *PAGES], ids=lambda p: p and p.name)
def test_every_make_target_that_is_named_exists(page: Path | None) -> None:
    text = README if page is None else page.read_text("utf-8")
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    for command in commands(text):
        words = shlex.split(command)
        if words[0] != "make":
            continue
        done = subprocess.run(
            [make, "--dry-run", *words[1:]], cwd=ROOT, check=False, capture_output=True
        )
        assert done.returncode == 0, command


def test_every_option_that_a_page_shows_exists() -> None:
    texts = [README, *(page.read_text("utf-8") for page in PAGES)]
    program = [sys.executable, "-m", "galactograph.cli"]
    helps: dict[str, str] = {}
    for command in (line for text in texts for line in commands(text)):
        words = shlex.split(command)
        if words[0] != "galactograph":
            continue
        # Of a group the commands have the options.
        path = words[1:3] if words[1] in ("pacs", "export", "exam") else words[1:2]
        name = " ".join(path)
        if name not in helps:
            done = subprocess.run(
                [*program, *path, "--help"],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "COLUMNS": "200"},
            )
            helps[name] = done.stdout
        for word in words:
            if word.startswith("-"):
                assert word in helps[name], f"{word} in: {command}"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a study and a picture, as a user has them."""
    from galactograph.examples import little_study, write_study

    home = tmp_path_factory.mktemp("readme")
    simulation = little_study(seed=5)
    write_study(simulation, home / "study")
    pixels = simulation.study.views[0].image.pixels
    shown = np.clip(pixels / pixels.max() * 65535, 0, 65535).astype(np.uint16)
    cv2.imwrite(str(home / "image.png"), shown)
    return home


@pytest.mark.slow
def test_every_galactograph_command_of_the_readme_runs(study: Path) -> None:
    ran = 0
    for command in commands():
        words = shlex.split(command)
        if words[0] != "galactograph":
            continue
        done = subprocess.run(
            words, cwd=study, env=environment(), capture_output=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        ran += 1
    assert ran >= 3
    assert (study / "out" / "report.html").exists()


@pytest.mark.slow
def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    for code in fenced("python"):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "report" / "report.html").exists()

"""Filters of others get the best that they can be given, and scores are right."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1]))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks import peers, peers_retina, peers_studies
from benchmarks import peers_filters as filters

from galactograph.examples import little_study, write_study

few = settings(deadline=None, max_examples=25)


def crossed() -> np.ndarray:
    """Return two bright lines on noise."""
    picture = np.zeros((120, 160), np.float32)
    cv2.line(picture, (10, 20), (150, 100), 1.0, 4, cv2.LINE_AA)
    cv2.line(picture, (20, 110), (140, 10), 1.0, 4, cv2.LINE_AA)
    noise = np.random.default_rng(3).normal(0, 0.05, picture.shape)
    soft = cv2.GaussianBlur(picture, (0, 0), 1) + noise
    return np.asarray(soft, np.float32)


LINES = crossed() > 0.5
INSIDE = np.ones(LINES.shape, bool)


@pytest.mark.parametrize("name", [n for n in filters.FILTERS if "scikit" in n])
def test_every_filter_is_strong_on_lines(name: str) -> None:
    strength = filters.FILTERS[name](crossed())
    assert strength.dtype == np.float32
    assert filters.area(strength, LINES, INSIDE) > 0.9


def test_itk_is_strong_on_lines_too() -> None:
    pytest.importorskip("SimpleITK", reason="SimpleITK is not installed")
    strength = filters.objectness(crossed())
    assert filters.area(strength, LINES, INSIDE) > 0.9


def test_a_missing_peer_is_left_out_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    monkeypatch.setattr(
        filters, "FILTERS", {"ITK objectness (tubeness)": filters.objectness}
    )
    assert list(filters.strengths(crossed())) == []
    assert "pip install" in capsys.readouterr().out


def test_masks_hold_the_share_that_is_asked_for_and_no_specks() -> None:
    strength = np.zeros((100, 100), np.float32)
    strength[10:13, 5:95] = 1.0
    strength[50, 50] = 2.0
    inside = np.ones(strength.shape, bool)
    for share, mask in filters.masks_of(strength, inside):
        assert mask.sum() <= max(share * mask.size, 270)
        assert not mask[50, 50]
    assert mask[10:13, 5:95].all()


def test_the_centreline_dice_of_a_mask_and_itself_is_one() -> None:
    assert filters.cl_dice(LINES, LINES) == pytest.approx(1)
    assert filters.cl_dice(LINES, np.zeros_like(LINES)) == 0
    assert filters.dice(LINES, LINES) == 1


def test_half_the_lines_found_give_the_centreline_dice_by_hand() -> None:
    true, half = np.zeros((60, 200), bool), np.zeros((60, 200), bool)
    true[28:33, 10:190] = True
    half[28:33, 10:100] = True
    # All that was found is right, half of what is true was found.
    assert filters.cl_dice(half, true) == pytest.approx(2 / 3, abs=0.02)


@few
@given(st.integers(0, 10_000))
def test_the_area_of_pixels_counts_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    strength = rng.integers(0, 4, (6, 7)).astype(np.float32)
    true = rng.random((6, 7)) < 0.5
    true[0, 0], true[0, 1] = True, False
    away = strength[true][:, None] - strength[~true][None]
    wanted = np.mean((away > 0) + 0.5 * (away == 0))
    got = filters.area(strength, true, np.ones_like(true))
    assert got == pytest.approx(wanted)


def test_our_ridges_see_dark_lines_on_a_bright_field(tmp_path: Path) -> None:
    grey = np.full((300, 320), 150, np.uint8)
    field = np.zeros(grey.shape, np.uint8)
    cv2.circle(field, (160, 150), 140, 1, -1)
    true = np.zeros(grey.shape, np.uint8)
    cv2.line(true, (60, 80), (260, 210), 1, 5, cv2.LINE_AA)
    noise = np.random.default_rng(2).normal(0, 3, grey.shape)
    picture = np.clip((grey - 60.0 * true + noise) * field, 0, 255).astype(np.uint8)
    for name, what in (("images/a.jpg", picture), ("labels/a_1stHO.png", 255 * true)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), cv2.merge([what] * 3))
    rows = list(peers_retina.retina(tmp_path))
    ours = rows[0]
    assert "galactograph" in ours["name"]
    assert ours["area"] > 0.95
    assert ours["dice"] > 0.6
    assert "1 retinas" in peers_retina.retina_table(rows)


@pytest.mark.slow
def test_a_study_is_scored_for_every_way_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "little"
    write_study(little_study(5), folder)
    arguments = ["--studies", str(folder), "--out", str(tmp_path / "out")]
    assert peers.main(arguments) == 0
    options = peers_studies.options_of("peers", "x", arguments, seed=1, count=1)
    records = peers_studies.of_each("peers", options, peers.KINDS, lambda _: {})
    rows = {row["name"]: row for row in peers.summarise(records)}
    assert rows[peers.OURS]["times_ours"] == 1
    assert rows[peers.OURS]["right"] > 0.8
    assert 0 < rows["scikit-image frangi"]["f"] <= 1
    text = peers.markdown(
        {"rows": list(rows.values()), "megapixels": 0.3, "retina": []}, "On one."
    )
    assert "| scikit-image sato |" in text

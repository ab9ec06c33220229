"""Pictures are spoilt as told, and what reading loses is counted right."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1]))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks import peers_studies, stress
from benchmarks import stress_faults as faults

from galactograph.examples import write_study
from galactograph.values.geometry import Grid
from galactograph.values.image import Image
from galactograph.values.study import GreyScale, Role, View

MM = 0.1
SHAPE = (220, 300)
NOISE = 0.02
few = settings(deadline=None, max_examples=15)


def picture(*, contrast: float, noise: float = NOISE, seed: int = 1) -> np.ndarray:
    """Return a slab with one bright dot and one bright line on it."""
    clean = np.ones(SHAPE, np.float32)
    clean[60:66, 100:106] += contrast
    clean[140:144, 40:260] += contrast
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(clean, (0, 0), 1.0)
    return np.asarray(soft + noise * rng.standard_normal(SHAPE), np.float32)


def shot(contrast: float = 0.8, noise: float = NOISE) -> faults.Shot:
    grid = Grid(shape=SHAPE, spacing_mm=(MM, MM))
    filled, scout = (
        View(
            image=Image(pixels=picture(contrast=c, noise=noise, seed=n), grid=grid),
            source=f"{n}.dcm",
            role=role,
            position="CC",
        )
        for n, (c, role) in enumerate(((contrast, Role.FILLED), (0.0, Role.SCOUT)))
    )
    return faults.Shot(
        views=(filled, scout),
        breast=np.ones(SHAPE, bool),
        nipple=(110.0, 280.0),
        chest_left=True,
        now_from_made=np.eye(3)[:2],
        true_mm=MM,
    )


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def spread(some: faults.Shot, view: int = 0) -> float:
    """Return the noise of a part without anything in it."""
    return float(some.views[view].image.pixels[180:210, 40:260].std())


@few
@given(st.sampled_from([0.5, 0.25, 0.125]))
def test_noise_grows_with_the_root_of_the_dose_that_is_missing(part: float) -> None:
    less = faults.dose(shot(), rng(), part=part)
    for view in (0, 1):
        assert spread(less, view) == pytest.approx(NOISE / np.sqrt(part), rel=0.1)


@few
@given(st.sampled_from([0.5, 0.25, 0.125]))
def test_contrast_falls_with_dilution_and_noise_stays(part: float) -> None:
    thin = faults.dilution(shot(), rng(), part=part)
    line = thin.views[0].image.pixels[141:143, 50:250].mean()
    full = shot().views[0].image.pixels[141:143, 50:250].mean()
    assert line - 1 == pytest.approx(part * (full - 1), abs=0.02)
    assert spread(thin) == pytest.approx(NOISE, rel=0.1)


@pytest.mark.parametrize("kind", ["blur, mm", "motion, mm"])
def test_blur_takes_height_and_leaves_noise_as_it_is(kind: str) -> None:
    heights = []
    for fault in faults.FAULTS[kind].values():
        soft = fault(shot(), rng())
        heights.append(float(soft.views[0].image.pixels[62:64, 102:104].mean()))
        assert spread(soft) == pytest.approx(NOISE, rel=0.2)
    assert heights == sorted(heights, reverse=True)
    assert heights[-1] < heights[0] - 0.1


@few
@given(st.floats(-40, 40))
def test_truth_turns_with_the_picture(angle: float) -> None:
    turned = faults.turned(shot(noise=0.0), rng(), angle_deg=angle)
    place = turned.now_from_made @ [62.5, 102.5, 1.0]
    row, column = np.rint(place).astype(int)
    near = turned.views[0].image.pixels[row - 1 : row + 2, column - 1 : column + 2]
    assert near.max() > 1.5


@pytest.mark.parametrize("left", [True, False])
def test_a_cut_picture_ends_behind_the_nipple_and_truth_moves_along(
    left: bool,  # noqa: FBT001
) -> None:
    made = shot(noise=0.0)
    if not left:
        made = replace(made, chest_left=False, nipple=(110.0, 20.0))
    cut = faults.cropped(made, rng(), behind_mm=3.0)
    pixels = cut.views[0].image.pixels
    assert pixels.shape == (SHAPE[0], 250)
    row, column = np.rint(cut.now_from_made @ [62.5, 102.5, 1.0]).astype(int)
    assert pixels[row, column] > 1.5
    place = cut.now_from_made @ [*made.nipple, 1.0]
    assert not 0 <= place[1] < pixels.shape[1]


def test_a_spacing_is_wrong_or_missing_and_pixels_stay() -> None:
    wrong = faults.spacing(shot(), rng(), factor=1.5)
    assert wrong.views[0].image.grid.pixel_mm == pytest.approx(1.5 * MM)
    assert wrong.true_mm == MM
    missing = faults.spacing(shot(), rng(), factor=None)
    assert not missing.views[0].image.grid.has_millimetres
    np.testing.assert_array_equal(
        missing.views[0].image.pixels, shot().views[0].image.pixels
    )


def test_eight_bits_are_256_greys_and_jpeg_loses_more_with_less_quality() -> None:
    whole = faults.eight_bits(shot(), rng(), quality=None)
    assert whole.views[0].grey_scale is GreyScale.DISPLAY
    exact = whole.views[0].image.pixels
    assert set(np.unique(exact)) <= set(range(256))
    lost = [
        float(
            np.abs(
                faults.eight_bits(shot(), rng(), quality=q).views[0].image.pixels
                - exact
            ).mean()
        )
        for q in (90, 60, 30)
    ]
    assert 0 < lost[0] < lost[1] < lost[2]


@pytest.mark.parametrize("kind", ["clip", "wire", "marker", "cannula"])
def test_metal_lies_in_both_pictures_but_the_cannula_in_one(kind: str) -> None:
    laid = faults.foreign(shot(noise=0.0), rng(), kind=kind)
    bare = shot(noise=0.0)
    added = [
        float((a.image.pixels - b.image.pixels).max())
        for a, b in zip(laid.views, bare.views, strict=True)
    ]
    assert added[0] > 1
    assert (added[1] > 1) == (kind != "cannula")


def test_every_fault_gives_the_same_twice() -> None:
    for kind, levels in faults.FAULTS.items():
        for level, fault in levels.items():
            one, other = (fault(shot(), rng()) for _ in range(2))
            np.testing.assert_array_equal(
                one.views[0].image.pixels,
                other.views[0].image.pixels,
                f"{kind} {level}",
            )


def row(
    kind: str, level: str, *, sure: list[float | None], hit: float = 9.0
) -> dict[str, Any]:
    return {
        "kind": kind,
        "level": level,
        "true_mm": 10.0,
        "hit_mm": hit,
        "all_found_mm": hit + 1,
        "all_right_mm": hit,
        "at_lesions": sure,
        "false": [0.6],
        "within": [9, 10],
        "adequacy": "adequate",
        "assessment": "DG3",
    }


def test_studies_are_pooled_and_crashes_counted() -> None:
    first = {"rows": [row("as it is", "", sure=[0.9, 0.0])]}
    second = {"rows": [{"kind": "as it is", "level": "", "crash": "ValueError: no"}]}
    (got,) = stress.summarise([first, second])
    assert got["crashes"] == ["ValueError: no"]
    assert got["found"] == pytest.approx(0.9)
    assert (got["lesions"], got["lesions_found"]) == (2, 1)
    assert got["confidence"] == pytest.approx(0.9)
    assert got["within"] == pytest.approx(0.9)
    text = stress.markdown({"rows": [got], "still_sure": []}, "On these.")
    assert "| as it is | 0.900 | 0.900 | 1 of 2 | 0.90 | 1.00 (0.60) | 0.90 |" in text


def test_a_reader_that_gets_surer_as_pictures_fail_is_told() -> None:
    rows = [
        row("as it is", "", sure=[0.6]),
        row("dose", "1/8", sure=[0.9]),
        row("dose", "1/2", sure=[0.5]),
        row("spacing", "missing", sure=[0.9]),
    ]
    said = stress.still_sure(stress.summarise([{"rows": rows}]))
    assert said == ["dose 1/8: surer at lesions by 0.30"]


def test_what_is_found_in_a_spoilt_picture_only_makes_nobody_sure() -> None:
    rows = [row("as it is", "", sure=[0.8, 0.0]), row("dose", "1/8", sure=[None, 0.9])]
    clean, spoilt = stress.summarise([{"rows": rows}])
    assert clean["confidence"] == pytest.approx(0.8)
    assert spoilt["confidence"] is None
    assert (spoilt["lesions"], spoilt["lesions_found"]) == (1, 1)


@pytest.mark.slow
def test_nothing_crashes_and_nobody_gets_surer_as_pictures_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gravest = {
        kind: dict(list(levels.items())[-1:]) for kind, levels in faults.FAULTS.items()
    }
    monkeypatch.setattr(stress, "FAULTS", gravest)
    folder = tmp_path / "study"
    write_study(peers_studies.little("papilloma", 8650, size_mm=4.0), folder)
    table = stress.summarise([stress.measure(folder)])
    assert not [r["crashes"] for r in table if r["crashes"]]
    told = {r["kind"]: r for r in table}
    clean = told["as it is"]
    assert clean["found"] > 0.85
    # Without this the law on confidence would hold of nothing.
    assert clean["confidence"] > 0.5
    assert stress.still_sure(table) == []
    found = [told[kind]["found"] for kind in faults.GRADED]
    assert np.mean(found) < clean["found"] - 0.1
    for kind in faults.GRADED:
        assert told[kind]["right"] > 0.5 or told[kind]["drawn_mm"] < 10, kind

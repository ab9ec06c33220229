"""The measures that the program is judged by are right themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from galactograph.values.report import Edge

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
pytest.importorskip("benchmarks", reason="the benchmarks are not in this copy")

from benchmarks import (  # noqa: E402  after the search path
    children,
    figures,
    implants,
    mammograms,
    pages,
    real_tables,
    scoring,
    studies,
    tables,
    worker,
)

MM = 0.1
BINS = worker.BINS_MM
few = settings(deadline=None, max_examples=25)


def straight(
    *, row: float = 100.0, calibre: float = 0.5, length_mm: float = 30.0
) -> scoring.Course:
    """Return a straight duct along the columns."""
    count = 31
    points = np.column_stack(
        [np.full(count, row), np.linspace(50, 50 + length_mm / MM, count)]
    )
    parents = np.arange(count) - 1
    return scoring.course(points, parents, np.full(count, calibre), pixel_mm=MM)


def score(true: scoring.Course, found: scoring.Course) -> dict[str, Any]:
    return scoring.score_ducts(true, found, pixel_mm=MM, bins=BINS)


def lesion(
    kind: str, row: float, size: float = 2.0, **details: float
) -> dict[str, Any]:
    return {
        "kind": kind,
        "cause": "intraductal-papilloma",
        "size_mm": size,
        "spots": {"1-cc": (row, 10.0)},
        "details": details,
    }


def finding(kind: str, row: float, confidence: float = 0.9) -> dict[str, Any]:
    return {"kind": kind, "confidence": confidence, "spots": {"1-cc": (row, 10.0)}}


@few
@given(st.floats(1, 60), st.floats(0.1, 3))
def test_samples_stand_for_the_whole_length(length: float, calibre: float) -> None:
    one = straight(length_mm=length, calibre=calibre)
    assert one.mm.sum() == pytest.approx(length)
    np.testing.assert_allclose(one.calibre_mm, calibre)
    assert one.mm.max() <= scoring.STEP_MM + 1e-9


@few
@given(st.floats(0.2, 3), st.floats(-0.49, 0.49))
def test_a_trace_within_half_a_millimetre_is_all_found_and_all_right(
    calibre: float, shift: float
) -> None:
    true, found = straight(calibre=calibre), straight(row=100 + shift / MM)
    got = score(true, found)
    assert got["hit_mm"] == pytest.approx(got["true_mm"])
    assert got["right_mm"] == pytest.approx(got["found_mm"])


def test_a_trace_farther_off_is_neither_found_nor_right() -> None:
    got = score(straight(), straight(row=100 + 0.6 / MM))
    assert got["hit_mm"] == got["right_mm"] == 0
    assert got["true_mm"] == pytest.approx(30)


def test_the_middle_of_a_wide_duct_has_slack_only_where_it_is_said() -> None:
    got = score(straight(calibre=4.0), straight(row=100 + 1.0 / MM, calibre=4.0))
    assert got["hit_mm"] == got["right_mm"] == 0
    assert got["loose_hit_mm"] == pytest.approx(30)
    assert got["loose_right_mm"] == pytest.approx(30)


def test_half_a_duct_found_is_a_recall_of_a_half() -> None:
    got = score(straight(length_mm=30), straight(length_mm=15))
    assert got["hit_mm"] / got["true_mm"] == pytest.approx(0.5, abs=0.03)
    assert got["right_mm"] == pytest.approx(got["found_mm"])


def test_hair_lines_are_not_asked_for_but_may_be_drawn() -> None:
    got = score(straight(calibre=0.15), straight(calibre=0.3))
    assert got["true_mm"] == 0
    assert got["right_mm"] == pytest.approx(30)


def test_nothing_found_in_nothing_is_no_error() -> None:
    nothing = scoring.join([])
    got = score(nothing, nothing)
    assert got["true_mm"] == got["found_mm"] == 0
    assert scoring.calibre_pairs(nothing, nothing, pixel_mm=MM) == []
    assert score(straight(), nothing)["hit_mm"] == 0


def test_pieces_that_were_not_filled_are_not_true_duct() -> None:
    points = np.column_stack([np.full(31, 50.0), np.arange(31) * 10.0])
    kept = np.arange(31) < 11
    got = scoring.course(points, np.arange(31) - 1, np.ones(31), pixel_mm=MM, kept=kept)
    assert got.mm.sum() == pytest.approx(10)


def test_calibres_are_compared_where_they_belong() -> None:
    true = scoring.join([straight(calibre=0.5), straight(row=200, calibre=1.5)])
    found = scoring.join([straight(calibre=0.55), straight(row=202, calibre=1.4)])
    pairs = scoring.calibre_pairs(true, found, pixel_mm=MM)
    assert len(pairs) == pytest.approx(60, abs=2)
    assert {pair[:2] for pair in pairs} == {(0.5, 0.55), (1.5, 1.4)}
    assert all(alone for _, _, alone in pairs)


def test_ducts_that_lie_over_one_another_are_not_alone() -> None:
    true = scoring.join([straight(calibre=0.5), straight(row=105, calibre=0.5)])
    pairs = scoring.calibre_pairs(true, true, pixel_mm=MM)
    assert pairs
    assert not any(alone for _, _, alone in pairs)


def test_findings_go_to_the_lesion_where_they_lie() -> None:
    lesions = [lesion("filling-defect", 10.0), lesion("narrowing", 40.0)]
    found = [
        finding("air-bubble", 12.0),
        finding("wall-irregularity", 11.0, 0.5),
        finding("ectasia", 80.0),
    ]
    got = scoring.score_findings(lesions, found)
    assert [row["found"] for row in got["lesions"]] == ["air-bubble", "missed"]
    assert [row["defect_found"] for row in got["lesions"]] == [True, False]
    assert got["false"] == ["ectasia"]


def test_a_lesions_own_kind_counts_before_surer_ones() -> None:
    found = [finding("ectasia", 10.0, 0.99), finding("filling-defect", 10.0, 0.4)]
    (row,) = scoring.score_findings([lesion("filling-defect", 10.0)], found)["lesions"]
    assert row["found"] == "filling-defect"


def test_a_finding_belongs_within_three_millimetres_or_the_size() -> None:
    assert scoring.belongs(finding("narrowing", 12.9), lesion("narrowing", 10.0))
    assert not scoring.belongs(finding("narrowing", 13.1), lesion("narrowing", 10.0))
    wide = lesion("narrowing", 10.0, size=6.0)
    assert scoring.belongs(finding("narrowing", 15.9), wide)
    long = lesion("ectasia", 10.0, reach_mm=40.0)
    assert scoring.belongs(finding("ectasia", 31.0), long)
    other = {**finding("narrowing", 10.0), "spots": {"2-ml": (10.0, 10.0)}}
    assert not scoring.belongs(other, lesion("narrowing", 10.0))


def test_a_lesion_that_contrast_did_not_reach_is_not_asked_for() -> None:
    hidden = {**lesion("filling-defect", 10.0), "spots": {}}
    got = scoring.score_findings([hidden], [finding("filling-defect", 10.0)])
    assert got == {"lesions": [], "false": ["filling-defect"]}


def result(kind: str | None, false: list[str], **view: float | str) -> dict[str, Any]:
    seen = {
        "view": "CC",
        "expected": "adequate",
        "adequacy": "adequate",
        "nipple_mm": 1.0,
        "length_mm": 100.0,
        "calibres": [(0.6, 0.62, True), (0.6, 0.7, False)],
        **score(straight(), straight()),
        **view,
    }
    rows = []
    if kind == "papilloma":
        rows = scoring.score_findings(
            [lesion("filling-defect", 10.0, 2.5)], [finding("filling-defect", 10.0)]
        )["lesions"]
    return {
        "case": {"lesion": kind},
        "laterality": "L",
        "seconds": 2.0,
        "peak_mib": 500.0,
        "views": [seen],
        "unreached": 0,
        "lesions": rows,
        "false": false,
        "pictures": ["a.png"],
    }


def test_figures_pool_by_length_and_count_false_findings_by_study() -> None:
    summary = figures.summarise(
        [
            result("normal", ["narrowing"]),
            result("normal", [], hit_mm=0.0),
            result("papilloma", ["ectasia", "ectasia"]),
            result(None, [], adequacy="no-contrast", length_mm=4.0),
        ]
    )
    assert summary["ducts"]["recall"] == pytest.approx(2 / 3)
    assert summary["ducts"]["precision"] == pytest.approx(1)
    assert summary["false"]["on_normal"] == pytest.approx(0.5)
    assert summary["false"]["elsewhere_on_abnormal"] == pytest.approx(2)
    assert summary["defects"]["asked"] == [1, 1]
    assert summary["confusion"]["nothing"] == {"narrowing": 1, "ectasia": 2}
    assert summary["no_contrast"]["most_mm"] == 4
    assert summary["no_contrast"]["said_so"] == 1
    whole = summary["calibre"][-1]
    assert whole["all"]["median"] == pytest.approx(0.06)
    assert whole["isolated"]["median"] == pytest.approx(0.02)
    assert summary["worst"][0]["recall"] == 0


def test_tables_say_what_was_measured_in_both_forms() -> None:
    summary = figures.summarise([result("normal", []), result("papilloma", [])])
    summary |= {"fingerprint": "f", "fingerprints": ["f"], "first_seed": 1}
    summary |= {"failures": [], "quick": False, "jobs": 2}
    for written in (tables.text(summary), tables.markdown(summary)):
        assert "1 of 1 (1.00)" in written
        assert "filling-defect" in written
    assert "| duct length found, all views | 1.000 | 0.95 |" in tables.markdown(summary)


def test_figures_replace_only_what_stands_between_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    marks = "<!-- {0}: written by a command -->\nold\n<!-- {0}: end -->"
    page.write_text(f"top\n{marks.format('a')}\nmid\n{marks.format('b')}\n", "utf-8")
    pages.fill("a", r"| new \1 |", page)
    first = page.read_text("utf-8")
    assert first.startswith("top\n")
    assert r"| new \1 |" in first
    assert first.count("old") == 1
    pages.fill("a", r"| new \1 |", page)
    assert page.read_text("utf-8") == first
    with pytest.raises(ValueError, match="no marks"):
        pages.fill("c", "x", page)


def test_the_page_of_figures_has_a_place_for_each_benchmark() -> None:
    text = pages.PAGE.read_text("utf-8")
    for name in ("evaluate", "real", "speed"):
        assert f"<!-- {name}: written by a command -->\n" in text
        assert f"<!-- {name}: end -->" in text


def test_a_childs_memory_is_its_own() -> None:
    small = children.run("python", "-c", "print('done')")
    large = children.run("python", "-c", "b = bytearray(10**8); b[::4096] = b[::4096]")
    assert small.status == 0
    assert small.output == "done\n"
    assert large.peak_mib > small.peak_mib + 80
    again = children.run("python", "-c", "raise SystemExit(3)")
    assert again.status == 3
    assert again.peak_mib < small.peak_mib + 40


def test_evaluation_seeds_are_sixty_of_every_kind_and_not_those_for_trials() -> None:
    cases = studies.cases()
    assert len(cases) == 60
    assert len({case.seed for case in cases}) == 60
    kinds = [case.lesion for case in cases]
    assert kinds.count(None) == 8
    assert kinds.count("normal") >= 10
    trials = {case.seed for case in studies.cases(quick=True)}
    assert not trials & {case.seed for case in cases}
    assert cases == studies.cases()


def planted_in(wall: Edge) -> tuple[implants.Implant, Any]:
    reading = reports.report().readings[0]
    grid = replace(reading.view.image.grid, shape=(1200, 900), spacing_mm=(MM, MM))
    image = replace(
        reading.view.image, pixels=np.zeros((1200, 900), np.float32), grid=grid
    )
    inside = np.zeros((1200, 900), bool)
    columns = slice(0, 800) if wall == "left" else slice(100, 900)
    inside[100:1100, columns] = True
    assert reading.scene.nipple is not None
    nipple = replace(
        reading.scene.nipple, row=600.0, column=800.0 if wall == "left" else 99.0
    )
    scene = replace(
        reading.scene,
        excess=np.zeros((1200, 900), np.float32),
        breast=inside,
        chest_wall=wall,
        nipple=nipple,
    )
    view = replace(reading.view, image=image, depth=None)
    placed = replace(reading, view=view, scene=scene)
    return implants.implant(placed, seed=studies.TRIAL_SEED), placed


@pytest.mark.parametrize("wall", ["left", "right"])
def test_planted_ducts_leave_the_nipple_and_stay_in_the_breast(wall: Edge) -> None:
    planted, reading = planted_in(wall)
    nipple = reading.scene.nipple
    # Orifices lie within the duct bundle of the nipple, 5.2 mm wide.
    np.testing.assert_allclose(
        planted.points[0], [nipple.row, nipple.column], atol=3.0 / MM
    )
    deep = planted.points[planted.visible][:, 1]
    assert (deep < 805).all() if wall == "left" else (deep > 95).all()
    assert planted.visible.sum() > 300
    assert not planted.lumen_mm[~reading.scene.breast].any()
    at = np.rint(planted.points[planted.visible]).astype(int)
    wide = planted.calibre_mm[planted.visible] > 0.4
    assert (planted.lumen_mm[at[wide, 0], at[wide, 1]] > 0.1).mean() > 0.98


def test_painting_adds_contrast_and_stops_at_white() -> None:
    planted, _ = planted_in("left")
    stored = np.full(planted.lumen_mm.shape, 20000, np.uint16)
    bright = implants.painted(stored, planted, units_per_mm=1000.0)
    np.testing.assert_allclose(bright, 20000 + 1000 * planted.lumen_mm, atol=1)
    white = implants.painted(stored, planted, units_per_mm=1e6)
    assert white.max() == np.iinfo(np.uint16).max
    assert white[planted.lumen_mm == 0].max() == 20000


def test_noise_is_that_of_the_pixels_and_not_of_the_tissue() -> None:
    rng = np.random.default_rng(5)
    slope = np.linspace(0, 5000, 400, dtype=np.float32)[None].repeat(400, axis=0)
    noisy = slope + rng.normal(0, 100, (400, 400)).astype(np.float32)
    measured = implants.noise_of(noisy, np.ones((400, 400), bool), MM)
    assert measured == pytest.approx(100, rel=0.05)


def test_a_bead_on_the_nipple_is_told_from_text_and_specks(tmp_path: Path) -> None:
    picture = np.full((600, 400), 9000, np.uint16)
    cv2.circle(picture, (300, 200), 12, 65535, -1)
    cv2.circle(picture, (100, 100), 4, 65535, -1)
    cv2.rectangle(picture, (50, 400), (70, 460), 65535, -1)
    path = tmp_path / "1_L_CC.png"
    cv2.imwrite(str(path), picture)
    found = mammograms.marker(path)
    assert found is not None
    np.testing.assert_allclose(found, (200, 300), atol=0.5)
    cv2.imwrite(str(path), np.full((600, 400), 9000, np.uint16))
    assert mammograms.marker(path) is None


def test_parts_without_data_leave_no_table() -> None:
    nothing: dict[str, Any] = {
        name: [] for name in ("plain", "implants", "retina", "crossings", "angiogram")
    }
    assert real_tables.markdown({**nothing, "seeds": [1, 1]}) == ""


@pytest.mark.slow
def test_a_quick_run_measures_studies_and_goes_on_where_it_stopped(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "benchmarks.evaluate", "--quick", "--mixed"]
    command += ["--out", str(tmp_path), "--only", "0", "1", "2"]
    first, again = (
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        for _ in range(2)
    )
    assert first.returncode == 0, first.stderr
    assert "duct length found" in first.stdout
    summary = json.loads((tmp_path / "evaluate-quick.json").read_text("utf-8"))
    assert summary["studies"] == 3
    assert summary["failures"] == []
    assert summary["ducts"]["recall"] > 0.5
    assert summary["no_contrast"]["views"] == 2
    assert list((tmp_path / "evaluate-quick" / "worst").glob("*.png"))
    assert "3 studies, 3 known" in again.stdout

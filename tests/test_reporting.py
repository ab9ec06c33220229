"""Reports for programs: the document, the table, the folder."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from galactograph.errors import InvalidValue
from galactograph.reporting import (
    FolderInUse,
    branches_table,
    reading_document,
    text_summary,
    whole_folder,
)
from galactograph.reporting.folder import CONTENTS
from galactograph.reporting.numbering import branches
from galactograph.reporting.telling import tell
from galactograph.reporting.writing import json_text
from galactograph.values.geometry import SpacingKind
from galactograph.values.report import Duct3D
from galactograph.values.tree import DuctTree

WHOLE = reports.report()
PIXELS = reports.report(spacing_kind=SpacingKind.NONE)


def test_ids_are_unique_in_a_view_and_parents_come_first() -> None:
    for view in reading_document(WHOLE)["views"]:
        seen: set[int] = set()
        for branch in view["ducts"]["branches"]:
            assert branch["id"] not in seen
            assert branch["parent"] is None or branch["parent"] in seen
            seen.add(branch["id"])
        assert len(seen) > 2


def test_a_branch_starts_where_its_parent_ends() -> None:
    for view in reading_document(WHOLE)["views"]:
        known = {b["id"]: b for b in view["ducts"]["branches"]}
        for branch in known.values():
            if branch["parent"] is None:
                continue
            assert branch["points"][0] == known[branch["parent"]]["points"][-1]
            assert branch["generation"] == known[branch["parent"]]["generation"] + 1


def test_lengths_add_up_to_the_length_of_the_trees() -> None:
    for view, reading in zip(
        reading_document(WHOLE)["views"], WHOLE.readings, strict=True
    ):
        told = sum(b["length_mm"] for b in view["ducts"]["branches"])
        np.testing.assert_allclose(told, reading.total_length_mm, rtol=1e-4)
        np.testing.assert_allclose(view["ducts"]["total_length_mm"], told, rtol=1e-4)


def test_points_are_row_and_column_of_the_stored_image() -> None:
    view = reading_document(WHOLE)["views"][0]
    duct = WHOLE.readings[0].ducts[0]
    first = view["ducts"]["branches"][0]["points"][0]
    np.testing.assert_allclose(first, [duct.rows[0], duct.columns[0]], atol=0.006)
    assert len(view["ducts"]["branches"][0]["calibre_mm"]) == len(
        view["ducts"]["branches"][0]["points"]
    )


def test_a_finding_names_the_branch_that_it_lies_on() -> None:
    document = reading_document(WHOLE)
    seen = document["findings"][0]["seen_in"][0]
    branch = document["views"][0]["ducts"]["branches"][seen["branch"]]
    away = np.hypot(*(np.array(branch["points"]) - [seen["row"], seen["column"]]).T)
    assert away.min() < 0.02


def test_a_finding_on_the_second_tree_gets_an_id_of_the_second_tree() -> None:
    reading = WHOLE.readings[0]
    where = replace(reports.place(reading, 30), duct=1, branch=0)
    finding = replace(WHOLE.findings[0], places=(where,))
    told = reading_document(replace(WHOLE, findings=(finding,)))
    branch = told["findings"][0]["seen_in"][0]["branch"]
    assert branch == len(reading.ducts[0].tree.branches)
    assert told["views"][0]["ducts"]["branches"][branch]["duct"] == 1


def test_without_spacing_no_millimetre_is_told() -> None:
    document = reading_document(PIXELS)
    for view in document["views"]:
        assert view["pixel_spacing_mm"] is None
        assert view["ducts"]["total_length_mm"] == 0
        assert view["ducts"]["largest_calibre_mm"] is None
        assert view["ducts"]["unit"] == "px"
        for branch in view["ducts"]["branches"]:
            assert branch["calibre_mm"] == []
            assert branch["length_mm"] == 0
            assert len(branch["calibre_px"]) == len(branch["points"])
    for finding in document["findings"]:
        lengths = [v for k, v in finding.items() if k.endswith("_mm")]
        assert set(lengths) == {None}
        assert not any(k.endswith("_mm") for k in finding.get("profile", {}))


def test_a_place_in_three_dimensions_is_told_by_direction() -> None:
    finding = replace(
        WHOLE.findings[0],
        place_3d_mm=(-12.34, 30.0, 5.0),
        sigma_3d_mm=(2.0, 1.5, 2.5),
    )
    lifted = Duct3D(
        tree=DuctTree(
            points_mm=np.array([[0.0, 0, 0], [-1, 2, 3]]),
            parents=np.array([-1, 0]),
            radii_mm=np.ones(2),
        ),
        sigma_mm=np.ones((2, 3)),
        ducts=((0, 0), (1, 0)),
        nodes=np.array([[0, 0], [1, -1]]),
    )
    told = reading_document(replace(WHOLE, findings=(finding,), ducts_3d=(lifted,)))
    assert told["findings"][0]["place_3d_mm"] == {
        "lateral": -12.3,
        "behind": 30.0,
        "cranial": 5.0,
    }
    assert told["findings"][0]["sigma_3d_mm"]["cranial"] == pytest.approx(2.5)
    (tree,) = told["ducts_3d"]
    assert tree["points_mm"][1] == [-1, 2, 3]
    assert tree["matched"] == [True, False]
    assert tree["calibre_mm"] == [2, 2]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "12 mm medial"), ("de", "5 mm kranial")]
)
def test_a_place_in_three_dimensions_is_a_fact(language: str, words: str) -> None:
    finding = replace(
        WHOLE.findings[0],
        place_3d_mm=(-12.34, 30.0, 5.0),
        sigma_3d_mm=(2.0, 1.5, 2.5),
    )
    told = tell(replace(WHOLE, findings=(finding,)), language)
    texts = [fact.text for chapter in told.chapters for fact in chapter.facts]
    assert any(words in text for text in texts)


def test_lengths_in_pixels_follow_the_points() -> None:
    view = reading_document(PIXELS)["views"][0]
    for branch in view["ducts"]["branches"]:
        steps = [np.hypot(*np.subtract(a, b)) for a, b in pairwise(branch["points"])]
        np.testing.assert_allclose(branch["length_px"], sum(steps), rtol=0.01, atol=0.1)


def test_a_finding_seen_in_one_view_without_spacing_has_no_millimetres() -> None:
    other = PIXELS.readings[1]
    mixed = replace(WHOLE, readings=(WHOLE.readings[0], other))
    told = reading_document(mixed)["findings"]
    assert told[0]["length_mm"] is None
    assert told[1]["length_mm"] == 0.9


def test_a_number_that_is_not_finite_is_refused() -> None:
    broken = replace(WHOLE.findings[0], evidence={"lumen_fraction": float("nan")})
    with pytest.raises(InvalidValue, match="finite"):
        reading_document(replace(WHOLE, findings=(broken,)))


def test_the_document_survives_its_text() -> None:
    document = reading_document(WHOLE)
    assert json.loads(json_text(document)) == document


nested = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(document=st.dictionaries(st.text(), nested))
def test_compact_lists_never_change_what_json_says(document: dict[str, Any]) -> None:
    assert json.loads(json_text(document)) == document


def test_the_table_has_a_row_for_every_branch_and_the_same_lengths() -> None:
    rows = list(csv.DictReader(StringIO(branches_table(WHOLE))))
    every = [b for reading in WHOLE.readings for b in branches(reading)]
    assert len(rows) == len(every)
    told = [float(row["path_length"]) for row in rows]
    np.testing.assert_allclose(told, [b.length_mm for b in every], atol=6e-4)
    assert {row["unit"] for row in rows} == {"mm"}
    assert all(float(r["chord"]) <= float(r["path_length"]) + 0.002 for r in rows)


def test_the_table_is_in_pixels_where_no_millimetre_is_known() -> None:
    rows = list(csv.DictReader(StringIO(branches_table(PIXELS))))
    assert {row["unit"] for row in rows} == {"px"}


def test_the_summary_says_what_where_and_that_it_is_research() -> None:
    text = text_summary(WHOLE)
    assert "F1  Filling defect, 4.1 mm, confidence high (0.86)" in text
    assert "23 mm from the nipple along the duct" in text
    assert "2 o'clock, upper outer quadrant" in text
    assert "not a medical device" in text
    assert "SIMULATED" in text
    assert "broken.dcm" in text


def test_the_summary_tells_no_millimetre_where_none_is_known() -> None:
    text = text_summary(replace(PIXELS, notes=()))
    assert " mm" not in text


def test_nothing_appears_if_the_work_fails_half_way(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def fail() -> None:
        with whole_folder(out) as aside:
            (aside / "reading.json").write_text("{}")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_earlier_results_as_they_were(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with whole_folder(out) as aside:
        (aside / "a.txt").write_text("old")

    def stop() -> None:
        with whole_folder(out, overwrite=True) as aside:
            (aside / "a.txt").write_text("new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert (out / "a.txt").read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with whole_folder(out) as aside:
        (aside / "a.txt").write_text("x")
    assert sorted(p.name for p in out.iterdir()) == [CONTENTS, "a.txt"]


def test_earlier_results_are_kept_unless_asked(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with whole_folder(out) as aside:
        (aside / "a.txt").write_text("one")
    with pytest.raises(FolderInUse, match="--overwrite"), whole_folder(out):
        pass
    with whole_folder(out, overwrite=True) as aside:
        (aside / "b.txt").write_text("two")
    assert sorted(p.name for p in out.iterdir()) == [CONTENTS, "b.txt"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_of_someone_else_is_never_touched(
    tmp_path: Path, *, overwrite: bool
) -> None:
    out = tmp_path / "out"
    with whole_folder(out) as aside:
        (aside / "a.txt").write_text("ours")
    (out / "notes.txt").write_text("theirs")
    with (
        pytest.raises(FolderInUse, match=r"notes\.txt"),
        whole_folder(out, overwrite=overwrite),
    ):
        pass
    assert (out / "notes.txt").read_text() == "theirs"
    assert (out / "a.txt").read_text() == "ours"


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("a file")
    with pytest.raises(FolderInUse, match="not a folder"), whole_folder(out):
        pass

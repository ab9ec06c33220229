"""The shape of trees as a table."""

import csv
from collections import Counter
from io import StringIO

import numpy as np
import pytest

import reports
from galactograph.ducts.descriptors import describe
from galactograph.reporting import trees_table
from galactograph.values.geometry import SpacingKind

WHOLE = reports.report()
PIXELS = reports.report(spacing_kind=SpacingKind.NONE)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


ROWS = rows_of(trees_table(WHOLE))


def test_the_table_says_first_that_it_diagnoses_nothing() -> None:
    assert ROWS[0]["descriptor"] == "notice"
    assert "Research use only" in ROWS[0]["value"]
    assert "no diagnosis" in ROWS[0]["value"]


def test_every_number_is_that_of_the_tree() -> None:
    about = describe(WHOLE.readings[0].ducts[0].tree)
    first = [r for r in ROWS[1:] if r["view"] == "L CC" and r["duct"] == "0"]
    told = {(r["descriptor"], r["index"]): r["value"] for r in first}
    assert int(told["forks", ""]) == about.forks > 2
    assert float(told["length", ""]) == pytest.approx(about.length_mm, rel=1e-3)
    for k in range(2, about.order + 1):
        row = [float(told["r_matrix", f"{k}/{j}"]) for j in range(1, k + 1)]
        np.testing.assert_allclose(row, about.r_matrix[k - 1, :k], rtol=1e-3)
        assert sum(row) == pytest.approx(1, abs=1e-3)
    assert told["pruefer", ""].split() == [str(word) for word in about.pruefer]
    assert int(told["sholl_crossings", "5"]) == about.crossings[0]


def test_every_view_has_its_trees() -> None:
    trees = Counter((r["view"], r["duct"]) for r in ROWS if r["descriptor"] == "forks")
    assert {view for view, _ in trees} == {"L CC", "L ML"}
    assert set(trees.values()) == {1}


def test_no_millimetre_is_told_where_none_is_known() -> None:
    rows = rows_of(trees_table(PIXELS))
    assert not any("mm" in r["unit"] or "_mm" in r["descriptor"] for r in rows)
    length = next(r for r in rows if r["descriptor"] == "length")
    about = describe(PIXELS.readings[0].ducts[0].tree)
    pixel = PIXELS.readings[0].view.image.grid.pixel_mm
    assert float(length["value"]) == pytest.approx(about.length_mm / pixel, rel=1e-3)


def test_a_study_without_ducts_has_no_shape() -> None:
    assert len(rows_of(trees_table(reports.no_contrast()))) == 1

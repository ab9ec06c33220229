"""Reports: what a finding, a piece of advice and a reading must hold."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.errors import InvalidValue
from galactograph.values.codes import Action, Adequacy, FindingKind, Laterality
from galactograph.values.geometry import Grid
from galactograph.values.image import DuctMap, Image
from galactograph.values.report import (
    AdequacyVerdict,
    Advice,
    Assessment,
    Duct,
    Finding,
    Place,
    Provenance,
    Reading,
    Reason,
    Report,
    Scene,
    Strip,
)
from galactograph.values.study import Study, View
from galactograph.values.tree import DuctTree

SHAPE = (6, 5)


def view(*, simulated: bool = False) -> View:
    """Return an empty view."""
    image = Image(
        pixels=np.zeros(SHAPE, np.float32), grid=Grid(shape=SHAPE, spacing_mm=(1, 1))
    )
    return View(image=image, source="empty", simulated=simulated)


def reading(*, simulated: bool = False, ducts: tuple[Duct, ...] = ()) -> Reading:
    """Return a reading without anything."""
    flat = np.zeros(SHAPE, np.float32)
    return Reading(
        index=0,
        view=view(simulated=simulated),
        scene=Scene(
            excess=flat,
            breast=flat > 0,
            skin=np.zeros((0, 2)),
            chest_wall="left",
            nipple=None,
            noise=0.1,
        ),
        duct_map=DuctMap(
            probability=flat, centreline=flat > 0, scale_px=flat, orientation_rad=flat
        ),
        ducts=ducts,
        strips=(),
        adequacy=AdequacyVerdict(status=Adequacy.NO_CONTRAST),
    )


def report(*readings: Reading) -> Report:
    """Return a report of readings, without findings."""
    reason = Reason(rule="GA000", text="Nothing.", source="none")
    return Report(
        study_uid=None,
        laterality=None,
        readings=readings,
        findings=(),
        assessment=Assessment(level="DG0", text="Not assessed."),
        advice=(Advice(action=Action.REPEAT, reasons=(reason,)),),
        provenance=Provenance(version="0"),
    )


def duct(count: int = 3) -> Duct:
    """Return a straight duct of points a millimetre apart."""
    n = np.arange(count, dtype=float)
    return Duct(
        tree=DuctTree(
            points_mm=np.stack([n, n * 0, n * 0], axis=1),
            parents=np.arange(-1, count - 1),
            radii_mm=np.full(count, 0.3),
        ),
        rows=n * 0,
        columns=n,
        calibre_mm=np.full(count, 0.6),
        sigma_mm=np.full(count, 0.1),
        contrast=np.full(count, 0.3),
        opacity_per_mm=np.full(count, 0.5),
        overlap=np.zeros(count, bool),
        rooted=True,
    )


def test_a_report_is_simulated_if_any_view_is() -> None:
    assert not report(reading()).simulated
    assert report(reading(), reading(simulated=True)).simulated
    assert not report().simulated


def test_the_length_of_a_reading_is_that_of_all_its_ducts() -> None:
    assert reading().total_length_mm == 0
    assert reading(ducts=(duct(3), duct(5))).total_length_mm == pytest.approx(6)


@given(st.floats(0, 1))
def test_a_confidence_is_a_fraction(confidence: float) -> None:
    seen = Place(view=0, row=1, column=2)
    finding = Finding(kind=FindingKind.ECTASIA, places=(seen,), confidence=confidence)
    assert finding.confidence == confidence


@given(
    st.one_of(
        st.floats(max_value=-1e-9), st.floats(min_value=1.0000001), st.just(np.nan)
    )
)
def test_any_other_confidence_is_refused(confidence: float) -> None:
    seen = Place(view=0, row=1, column=2)
    with pytest.raises(InvalidValue, match="confidence"):
        Finding(kind=FindingKind.ECTASIA, places=(seen,), confidence=confidence)


def test_a_finding_that_is_seen_nowhere_is_refused() -> None:
    with pytest.raises(InvalidValue, match="at least one place"):
        Finding(kind=FindingKind.ECTASIA, places=(), confidence=0.5)


def test_advice_without_a_reason_is_refused() -> None:
    with pytest.raises(InvalidValue, match="at least one reason"):
        Advice(action=Action.MRI, reasons=())


@pytest.mark.parametrize("level", ["DG6", "dg1", "", "BI-RADS 4"])
def test_a_level_that_is_none_of_ours_is_refused(level: str) -> None:
    with pytest.raises(InvalidValue, match="DG0 to DG5"):
        Assessment(level=level, text="")


def test_a_study_has_a_view() -> None:
    with pytest.raises(InvalidValue, match="at least one view"):
        Study(uid=None, views=())


def test_a_view_is_one_picture() -> None:
    grid = Grid(shape=(2, 6, 5), spacing_mm=(1, 1))
    stack = Image(pixels=np.zeros(grid.shape, np.float32), grid=grid)
    with pytest.raises(InvalidValue, match="rows and columns"):
        replace(view(), image=stack)
    with pytest.raises(InvalidValue, match="depth must have shape"):
        replace(view(), depth=np.zeros((5, 6), np.uint16))


def test_a_view_is_named_by_side_and_position_or_by_its_file() -> None:
    assert view().name == "empty"
    told = replace(view(), laterality=Laterality.RIGHT, position="CC")
    assert told.name == "R CC"


@pytest.mark.parametrize("name", ["rows", "calibre_mm", "sigma_mm", "overlap"])
def test_what_is_measured_has_one_number_a_point(name: str) -> None:
    changed: dict[str, Any] = {name: np.zeros(4)}
    with pytest.raises(InvalidValue, match=f"{name} must have shape"):
        replace(duct(3), **changed)


def strip(**changed: Any) -> Strip:  # noqa: ANN401
    """Return a strip of 4 stations and 3 offsets, with changes."""
    line = dict.fromkeys(
        (
            "s_mm",
            "from_nipple_mm",
            "calibre_mm",
            "sigma_mm",
            "expected_mm",
            "opacity_per_mm",
            "rows",
            "columns",
        ),
        np.arange(4.0),
    )
    whole: dict[str, Any] = {
        **line,
        "duct": 0,
        "nodes": np.arange(4),
        "branches": np.zeros(4, int),
        "u_mm": np.array([-1.0, 0, 1]),
        "excess": np.zeros((4, 3), np.float32),
        "overlap": np.zeros(4, bool),
        "ends_free": True,
        "noise": 0.1,
    }
    return Strip(**(whole | changed))


def test_a_strip_has_one_row_a_station_and_one_column_an_offset() -> None:
    assert strip().excess.shape == (4, 3)
    with pytest.raises(InvalidValue, match="excess must have shape"):
        strip(excess=np.zeros((3, 4), np.float32))
    with pytest.raises(InvalidValue, match="nodes must have shape"):
        strip(nodes=np.arange(3))

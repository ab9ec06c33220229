"""A simulated study as files: profiles of IHE, links, doses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from galactograph.dicom.checks import faults_in
from galactograph.dicom.dose import irradiations
from galactograph.examples import write_study
from galactograph.phantom.anatomy import Anatomy
from galactograph.simulation import simulate
from galactograph.values.procedure import Exposure, Injection, Procedure, ViewPosition
from galactograph.values.truth import Simulation
from objects import errors_of


@pytest.fixture(scope="module")
def made() -> Simulation:
    """A little breast: a scout, the same view filled, another view."""
    shot = Exposure(rows=300, columns=240, pixel_mm=0.4)
    return simulate(
        seed=5,
        anatomy=Anatomy(depth_mm=55.0, radius_mm=50.0, branches=20, lobes=2),
        procedure=Procedure(
            injection=Injection(),
            exposures=(
                replace(shot, contrast=False),
                shot,
                replace(shot, position=ViewPosition.ML),
            ),
        ),
    )


@pytest.fixture(scope="module")
def paths(made: Simulation, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return its files: each exposure for processing and for presentation."""
    return list(write_study(made, tmp_path_factory.mktemp("study")))


def heads(paths: list[Path]) -> list[Dataset]:
    """Return the objects."""
    return [pydicom.dcmread(path) for path in paths]


@pytest.mark.parametrize("profile", [(), ("-profile", "IHEMammo")])
def test_every_file_passes_the_mammography_profile(
    paths: list[Path], profile: tuple[str, ...]
) -> None:
    kinds = ("Processing", "Presentation")
    for number, path in enumerate(paths):
        iod = f"MammographyImageFor{kinds[number % 2]}{profile[-1] if profile else ''}"
        assert errors_of(path, iod, *profile) == []


def test_no_file_has_a_fault(paths: list[Path]) -> None:
    assert faults_in(heads(paths)) == {}


def test_a_filled_view_names_the_scout_of_its_position(paths: list[Path]) -> None:
    scout, scout_shown, filled, filled_shown, *others = heads(paths)
    for one, before in ((filled, scout), (filled_shown, scout_shown)):
        (named,) = one.ReferencedImageSequence
        assert named.ReferencedSOPInstanceUID == before.SOPInstanceUID
        assert named.PurposeOfReferenceCodeSequence[0].CodeValue == "121348"
    for other in (scout, scout_shown, *others):
        assert "ReferencedImageSequence" not in other


def test_a_file_states_the_dose_of_its_exposure(
    made: Simulation, paths: list[Path]
) -> None:
    events = irradiations(heads(paths))
    doses = [event.dose_mgy or 0.0 for event in events]
    assert doses == pytest.approx([t.glandular_dose_mgy for t in made.truths])
    assert min(doses) > 0.1  # mGy

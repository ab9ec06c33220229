"""Our own check: silent on all that we write, and loud on what a validator takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from galactograph.dicom.checks import faults_in, faults_of
from galactograph.dicom.common import as_bytes
from galactograph.dicom.dose import dose_report
from galactograph.dicom.header import Intent
from galactograph.dicom.labelmaps import labelmaps
from galactograph.dicom.projections import save_projections
from galactograph.dicom.results import EXTRAS, Wanted, results
from galactograph.dicom.tomosynthesis import Reconstruction, save_slices
from mammograms import Maker
from objects import MADE, filed, with_cannula
from reports import little
from tomo.test_objects import GRID, ramp, swept

Objects = dict[str, Dataset]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    """One object of every kind that the project writes, by name."""
    folder = tmp_path_factory.mktemp("whole")
    case = filed(folder, with_cannula(little()))
    wanted = Wanted(also=EXTRAS, pdf=b"%PDF-1.7")
    files = results(folder, case.report, case.lumens, made=MADE, wanted=wanted)
    made = {name: pydicom.dcmread(BytesIO(held)) for name, held in files.items()}
    labels = labelmaps(case.report, case.lumens, case.sources, made=MADE)
    make = Maker(folder)
    doses = {"organ_dose_mgy": 1.5, "entrance_dose_mgy": 6.0}
    make.raw("raw.dcm", series_number=11, **doses)
    raw = pydicom.dcmread(folder / "raw.dcm")
    make.shown("shown.dcm", source_uid=raw.SOPInstanceUID, series_number=12, **doses)
    sweep = swept(intent=Intent.PRESENTATION, **doses)
    save_slices(ramp(4, 60, 50), sweep, Reconstruction(grid=GRID), folder / "bto.dcm")
    save_projections(ramp(15, 60, 50), swept(), folder / "bpx.dcm")
    made |= {path.name: pydicom.dcmread(path) for path in folder.glob("*.dcm")}
    dose = dose_report([made["raw.dcm"], made["shown.dcm"]], made=MADE)
    assert dose is not None
    for name, dataset in (("labels.dcm", labels[0]), ("dose.dcm", dose)):
        made[name] = pydicom.dcmread(BytesIO(as_bytes(dataset)))
    return made


def test_every_kind_of_object_is_here(whole: Objects) -> None:
    kinds = {dataset.SOPClassUID.name for dataset in whole.values()}
    assert len(kinds) == 13, kinds


def test_nothing_that_we_write_has_a_fault(whole: Objects) -> None:
    assert faults_in(list(whole.values())) == {}


def names(dataset: Dataset, value: str) -> Dataset:
    """Return the first content item of that name, at any depth."""
    for item in dataset.ContentSequence:
        own = item.get("ConceptNameCodeSequence")
        if own and own[0].CodeValue == value:
            return item
        if "ContentSequence" in item:
            try:
                return names(item, value)
            except LookupError:
                continue
    raise LookupError(value)


def nonsense_view(d: Dataset) -> None:
    """Say a view that is a disease."""
    d.ViewCodeSequence[0].CodeValue = "5244003"


def nonsense_agent(d: Dataset) -> None:
    """Inject a disease."""
    d.ContrastBolusAgentSequence[0].CodeValue = "22049009"


def unknown_code(d: Dataset) -> None:
    """Say a code that nobody has."""
    d.AnatomicRegionSequence[0].CodeValue = "76752009"


def other_organ(d: Dataset) -> None:
    """Say another part of the body."""
    item = d.AnatomicRegionSequence[0]
    item.CodeValue, item.CodeMeaning = "24142002", "Nipple"


def dose_in_cgy(d: Dataset) -> None:
    """Say the organ dose ten times too big."""
    d.OrganDose = d.OrganDose * 10


def dose_in_mgy(d: Dataset) -> None:
    """Say the organ dose in mGy, with no entrance dose to betray it."""
    d.OrganDose = d.OrganDose * 100
    del d.EntranceDoseInmGy


def kilovolts(d: Dataset) -> None:
    """Say the voltage in volts."""
    d.KVP = 28000


def wrong_factor(d: Dataset) -> None:
    """Contradict the distances."""
    d.EstimatedRadiographicMagnificationFactor = 1.8


def too_few_pixels(d: Dataset) -> None:
    """Lose a row."""
    d.Rows -= 1


def wrong_unit(d: Dataset) -> None:
    """Say a length in cm."""
    held = names(d, "410668003").MeasuredValueSequence[0]
    held.MeasurementUnitsCodeSequence[0].CodeValue = "cm"


def too_sure(d: Dataset) -> None:
    """Be more than certain."""
    names(d, "111012").MeasuredValueSequence[0].NumericValue = "860"


def wrong_clock(d: Dataset) -> None:
    """Say a side where the clock stands."""
    names(d, "111014").ConceptCodeSequence[0].CodeValue = "7771000"


def undeclared(d: Dataset) -> None:
    """Use codes of a scheme that is not told of."""
    del d.CodingSchemeIdentificationSequence


def beside_the_image(d: Dataset) -> None:
    """Mark a place outside the image."""
    mark = names(d, "111010")
    mark.GraphicData = [-3.0, 5.0]


def into_nothing(d: Dataset) -> None:
    """Point at a content item that is not there."""
    link = names(d, "111010").ContentSequence[0]
    link.ReferencedContentItemIdentifier = [1, 2, 99]


def of_another(d: Dataset) -> None:
    """Name an image that nobody has."""
    d.SourceImageSequence[0].ReferencedSOPInstanceUID = "1.2.3"


def as_another_class(d: Dataset) -> None:
    """Name an image as what it is not."""
    d.SourceInstanceSequence[0].ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"


def in_another_series(d: Dataset) -> None:
    """Name an image in a series that it is not in."""
    study = d.CurrentRequestedProcedureEvidenceSequence[0]
    study.ReferencedSeriesSequence[0].SeriesInstanceUID = "1.2.3"


def no_such_frame(d: Dataset) -> None:
    """Name a frame that the image lacks."""
    item = d.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0]
    item.SourceImageSequence[0].ReferencedFrameNumber = 7


def nameless(d: Dataset) -> None:
    """Have no name."""
    del d.SOPInstanceUID


def unmarked(d: Dataset) -> None:
    """Do not say that it is research."""
    d.DocumentTitle = "Report"


BROKEN: tuple[tuple[str, Callable[[Dataset], None], str], ...] = (
    ("shown.dcm", nonsense_view, "not in the context group of ViewCodeSequence"),
    ("shown.dcm", nonsense_agent, "ContrastBolusAgentSequence"),
    ("shown.dcm", unknown_code, "no code of SCT"),
    ("bto.dcm", nonsense_view, "ViewCodeSequence"),
    ("mask-1.dcm", lambda d: other_organ(d.SegmentSequence[0]), "context group"),
    ("shown.dcm", dose_in_cgy, "more than the 6 mGy at the skin"),
    ("shown.dcm", dose_in_mgy, r"OrganDose: must be in 0\.\.0.1"),
    (
        "bto.dcm",
        lambda d: dose_in_cgy(d.XRay3DAcquisitionSequence[0]),
        "OrganDose is in dGy",
    ),
    ("raw.dcm", kilovolts, r"KVP: must be in 20\.\.50"),
    ("raw.dcm", wrong_factor, "but the distances give"),
    ("raw.dcm", too_few_pixels, "bytes of pixels"),
    ("calibre-1.dcm", too_few_pixels, "bytes of pixels"),
    ("report.dcm", wrong_unit, "must be in UCUM mm, got cm"),
    ("report.dcm", too_sure, r"must be in 0\.\.100 %"),
    ("report.dcm", wrong_clock, "context group of ConceptCodeSequence 111014"),
    ("breast-report.dcm", undeclared, "scheme that the report does not declare"),
    ("cad.dcm", beside_the_image, "outside its image of 640 x 832"),
    ("cad.dcm", into_nothing, "leads nowhere"),
    ("mask-1.dcm", of_another, "1.2.3, which is not in the study"),
    ("paper.dcm", as_another_class, "but it is"),
    ("key.dcm", in_another_series, "series or study that it is not in"),
    ("labels.dcm", no_such_frame, "names frame 7 of 1"),
    ("drawing-1.dcm", nameless, "no valid UID"),
    ("paper.dcm", unmarked, "research only"),
    (
        "dose.dcm",
        lambda d: setattr(
            names(d, "111637").MeasuredValueSequence[0], "NumericValue", "1500"
        ),
        r"Accumulated Average Glandular Dose: must be in 0.01\.\.100 mGy",
    ),
)


@pytest.mark.parametrize(("name", "spoil", "said"), BROKEN)
def test_what_is_spoilt_is_told(
    name: str, spoil: Callable[[Dataset], None], said: str, whole: Objects
) -> None:
    study = {str(d.SOPInstanceUID): d for d in whole.values()}
    dataset = deepcopy(whole[name])
    spoil(dataset)
    told = " | ".join(str(fault) for fault in faults_of(dataset, study))
    assert re.search(said, told), told


def test_without_the_study_references_are_not_judged(whole: Objects) -> None:
    dataset = deepcopy(whole["mask-1.dcm"])
    of_another(dataset)
    assert faults_of(dataset) == ()


def test_nothing_of_what_is_checked_depends_on_the_order(whole: Objects) -> None:
    spoilt = deepcopy(whole["raw.dcm"])
    kilovolts(spoilt)
    others = [d for name, d in whole.items() if name != "raw.dcm"]
    assert faults_in([spoilt, *others]) == faults_in([*others, spoilt])


def test_every_object_of_a_simulated_study_passes(tmp_path: Path) -> None:
    make = Maker(tmp_path)
    scout = make.raw("scout.dcm", injection=None)
    filled = make.raw("filled.dcm", instance_number=2)
    heads = [pydicom.dcmread(path) for path in (scout, filled)]
    assert faults_in(heads) == {}

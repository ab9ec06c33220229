"""Objects of others: one sentence each, and the images beside them still load."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from galactograph.cli.app import run
from galactograph.dicom.common import as_bytes
from galactograph.dicom.header import derived_uid
from galactograph.dicom.segmentation import segmentations
from galactograph.dicom.segmentation_reading import segments_from
from galactograph.dicom.sr import structured_report
from galactograph.dicom.sr_items import CONTEXT, code, container, text
from galactograph.dicom.sr_reading import report_from_sr
from galactograph.dicom.study import load
from galactograph.errors import DicomError, Unreadable
from galactograph.values.codes import Code
from mammograms import Maker
from objects import MADE, Filed, filed
from reports import report

pytestmark = pytest.mark.slow

PRIVATE_SYNTAXES = ("1.2.840.113619.5.2", "1.3.46.670589.33.1.4.1", "1.2.3.4.5")
"""Of two vendors (implicit with swapped pixels; compressed), and of nobody."""


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    return filed(tmp_path_factory.mktemp("case"), report(views=("CC",)))


@pytest.fixture(scope="module")
def ours(case: Filed) -> dict[str, bytes]:
    """Return a report and a mask as bytes."""
    (mask,) = segmentations(case.report, case.lumens, case.sources, made=MADE)
    told = structured_report(case.report, case.sources, made=MADE)
    return {"SR": as_bytes(told), "SEG": as_bytes(mask)}


def opened(content: bytes) -> Dataset:
    return pydicom.dcmread(BytesIO(content))


def computer_aided(dataset: Dataset) -> None:
    """Make it a Mammography CAD report, as units of vendors send it."""
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.50"
    dataset.Manufacturer = "R2 Technology, Inc."
    title = container(Code("111036", "DCM", "Mammography CAD Report"), [])
    dataset.ConceptNameCodeSequence = title.ConceptNameCodeSequence
    dataset.ContentSequence = [
        code(
            Code("111017", "DCM", "CAD Processing and Findings Summary"),
            Code("111242", "DCM", "All algorithms succeeded; with findings"),
        )
    ]


def by_a_person(dataset: Dataset) -> None:
    """Let a radiologist be the observer, and no device."""
    dataset.ContentSequence = [
        text(Code("121008", "DCM", "Person Observer Name"), "x", relation=CONTEXT),
        text(Code("121106", "DCM", "Comment"), "A defect."),
    ]


def empty(dataset: Dataset) -> None:
    """Leave nothing but the title."""
    del dataset.ContentSequence


@pytest.mark.parametrize("change", [computer_aided, by_a_person, empty])
def test_the_report_of_a_vendor_is_left_alone_and_its_images_load(
    change: Callable[[Dataset], None],
    case: Filed,
    ours: dict[str, bytes],
    tmp_path: Path,
) -> None:
    dataset = opened(ours["SR"])
    change(dataset)
    with pytest.raises(DicomError, match=r"another program|not a TID 1500") as refusal:
        report_from_sr(dataset)
    assert str(refusal.value).count(".") == 1
    for path in case.folder.glob("*.dcm"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    theirs = tmp_path / "theirs.dcm"
    theirs.write_bytes(as_bytes(dataset))
    before = theirs.read_bytes()
    study = load(tmp_path)
    assert [view.source for view in study.views] == ["1.dcm"]
    assert study.problems == ()
    assert theirs.read_bytes() == before


def elsewhere(dataset: Dataset, image: Dataset) -> None:
    image.FrameOfReferenceUID = derived_uid("here")
    dataset.FrameOfReferenceUID = derived_uid("elsewhere")


def larger(dataset: Dataset, image: Dataset) -> None:
    image.Rows = dataset.Rows * 2


def another(dataset: Dataset, image: Dataset) -> None:
    del dataset
    image.SOPInstanceUID = derived_uid("another")


def segmentless(dataset: Dataset, image: Dataset) -> None:
    del image
    groups = dataset.PerFrameFunctionalGroupsSequence
    groups[0].SegmentIdentificationSequence[0].ReferencedSegmentNumber = 0


def packed(dataset: Dataset, image: Dataset) -> None:
    del image
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.5"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (elsewhere, "another frame of reference"),
        (larger, "pixels on an image of"),
        (another, "of another image"),
        (segmentless, "a segment 0"),
        (packed, "compressed"),
    ],
)
def test_a_mask_that_does_not_lie_on_the_image_is_refused(
    change: Callable[[Dataset, Dataset], None],
    words: str,
    case: Filed,
    ours: dict[str, bytes],
) -> None:
    dataset = opened(ours["SEG"])
    image = pydicom.dcmread(case.folder / "1.dcm")
    assert segments_from(dataset, image=image).masks.any()
    change(dataset, image)
    with pytest.raises(DicomError, match=words) as refusal:
        segments_from(dataset, image=image)
    assert "\n" not in str(refusal.value)


def test_masks_beside_images_do_not_disturb_and_alone_are_no_study(
    case: Filed,
    ours: dict[str, bytes],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    foreign = opened(ours["SEG"])
    foreign.FrameOfReferenceUID = derived_uid("elsewhere")
    (tmp_path / "mask.dcm").write_bytes(as_bytes(foreign))
    out = tmp_path / "out"
    assert run(["read", str(tmp_path / "mask.dcm"), "-o", str(out), "-q"]) == 3
    assert "not an image" in capsys.readouterr().err
    assert not out.exists()
    (tmp_path / "1.dcm").write_bytes((case.folder / "1.dcm").read_bytes())
    assert len(load(tmp_path).views) == 1


@pytest.mark.parametrize("syntax", PRIVATE_SYNTAXES)
@pytest.mark.parametrize("implicit", ["implicit", ""])
def test_a_private_encoding_is_named_and_the_other_image_is_read(
    syntax: str, implicit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maker = Maker(tmp_path)
    dataset = pydicom.dcmread(maker.raw("theirs.dcm", instance_number=2))
    dataset.file_meta.TransferSyntaxUID = syntax
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pydicom.dcmwrite(
            tmp_path / "theirs.dcm",
            dataset,
            implicit_vr=bool(implicit),
            little_endian=True,
            force_encoding=True,
        )
    alone = ["read", str(tmp_path / "theirs.dcm"), "-o", str(tmp_path / "out"), "-q"]
    assert run(alone) == 3
    told = capsys.readouterr().err
    assert syntax in told
    assert told.count("\n") == 1
    maker.raw("good.dcm")
    study = load(tmp_path)
    assert [view.source for view in study.views] == ["good.dcm"]
    (problem,) = study.problems
    assert problem.source == "theirs.dcm"
    assert syntax in problem.reason


def items(dataset: Dataset) -> Iterator[Dataset]:
    """Yield a dataset and the first items of its sequences, sequences entered."""
    yield dataset
    for element in dataset:
        if element.VR == "SQ":
            for item in list(element.value)[:4]:
                yield from items(item)


def spoilt(dataset: Dataset, chance: random.Random) -> None:
    """Delete or replace something somewhere."""
    there = list(items(dataset))[:300]
    for _ in range(chance.choice([1, 2, 3])):
        item = chance.choice(there) if chance.random() < 0.7 else dataset
        tags = [tag for tag in item if tag.tag.group != 0x7FE0]
        if not tags:
            continue
        element = chance.choice(tags)
        if chance.random() < 0.5:
            del item[element.tag]
        elif element.VR == "SQ":
            element.value = Sequence()
        else:
            wild = chance.choice(["", "x", None, "1.2.3", "-1", ["a", "b"], 0])
            element._value = wild


@pytest.mark.parametrize(
    ("kind", "read", "count"), [("SR", report_from_sr, 15), ("SEG", segments_from, 120)]
)
def test_however_spoilt_it_is_read_or_refused_in_one_sentence(
    kind: str, read: Callable[[Dataset], object], count: int, ours: dict[str, bytes]
) -> None:
    told: list[str] = []
    for seed in range(count):
        dataset = opened(ours[kind])
        spoilt(dataset, random.Random(seed))  # noqa: S311  no secret
        try:
            read(dataset)
        except Unreadable as trouble:
            told.append(str(trouble))
    assert 0 < len(told) < count
    for sentence in told:
        assert sentence.endswith(".")
        assert len(sentence) < 300
        assert "\n" not in sentence

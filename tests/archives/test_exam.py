"""The services around an exam: worklist, procedure step, storage commitment."""

# Handlers take whatever pynetdicom gives them.
# ruff: noqa: ANN401

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.sr._cid_dict import cid_concepts
from pydicom.sr.codedict import codes
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    ModalityPerformedProcedureStep,
    ModalityWorklistInformationFind,
)

from archive_objects import study_files, uids
from archive_orthanc import PASSWORD, USER, Orthanc, free_port, needed, orthanc
from galactograph.archives import open_archive
from galactograph.archives.access import Access, Limits, Secret
from galactograph.archives.commitment import ask
from galactograph.archives.dimse import DimseArchive
from galactograph.archives.peer import Peer
from galactograph.archives.performing import begin, end
from galactograph.archives.worklist import orders
from galactograph.cli.app import run
from galactograph.dicom.identity import identity_of
from galactograph.dicom.orders import NO_SIDE, NO_STUDY, TWO_SIDES, order_of, question
from galactograph.dicom.steps import REASONS
from galactograph.errors import ArchiveError, InvalidValue
from galactograph.values.codes import Code, Laterality
from galactograph.values.order import Order, Wanted

# pynetdicom leaves a socket that never connected to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <(ssl|socket):ResourceWarning"),
    pytest.mark.slow,
]

LIMITS = Limits(attempts=3, pause_s=0.1, connect_s=5, reply_s=10)
ACCESS = Access(user=USER, password=Secret(PASSWORD), limits=LIMITS)
NOW = datetime(2026, 3, 5, 9, 30)  # noqa: DTZ001  DICOM keeps local time
DUCTOGRAM = Code("18102001", "SCT", "Mammary ductogram")


def entry(accession: str, words: str, **more: str) -> pydicom.Dataset:
    """Return a worklist entry as a RIS holds it."""
    step = pydicom.Dataset()
    step.Modality, step.ScheduledStationAETitle = "MG", "MAMMO"
    step.ScheduledProcedureStepStartDate = "20260305"
    step.ScheduledProcedureStepStartTime = "093000"
    step.ScheduledProcedureStepID = f"S{accession}"
    step.ScheduledProcedureStepDescription = "Galactography"
    code = pydicom.Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = DUCTOGRAM
    one = pydicom.Dataset()
    one.SpecificCharacterSet = "ISO_IR 100"
    one.AccessionNumber, one.PatientID = accession, "P-1"
    one.PatientName, one.PatientBirthDate, one.PatientSex = "Müller^Änne", "", "F"
    one.StudyInstanceUID = f"2.25.{accession[1:]}"
    one.RequestedProcedureID = f"R{accession}"
    one.RequestedProcedureDescription = words
    one.RequestedProcedureCodeSequence = [code]
    one.ScheduledProcedureStepSequence = [step]
    for name, value in more.items():
        setattr(one, name, value)
    return one


ENTRIES = (
    entry("A1", "Galactography left breast"),
    entry("A2", "Galaktographie"),
    entry("A3", "Galactography R"),
)


def peer_at(port: int, title: str) -> Peer:
    archive = open_archive(
        f"dimse://{title}@127.0.0.1:{port}?calling=TESTER", access=ACCESS
    )
    assert isinstance(archive, DimseArchive)
    return archive.peer


@pytest.fixture(scope="module")
def wlm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """DCMTK's worklist with three entries; its port."""
    needed("wlmscpfs")
    folder = tmp_path_factory.mktemp("wlm")
    (folder / "RIS").mkdir()
    (folder / "RIS" / "lockfile").touch()
    for one in ENTRIES:
        one.file_meta = pydicom.dataset.FileMetaDataset()
        one.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        one.file_meta.MediaStorageSOPClassUID = ModalityWorklistInformationFind
        one.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
        path = folder / "RIS" / f"{one.AccessionNumber}.wl"
        pydicom.dcmwrite(path, one, enforce_file_format=True)
    port = free_port()
    command = ["wlmscpfs", "-dfp", str(folder), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield port
    process.terminate()
    process.wait(10)


def test_a_real_worklist_says_what_is_ordered_and_for_which_side(wlm: int) -> None:
    found = orders(peer_at(wlm, "RIS"), Wanted(date="20260305", modality="MG"))
    assert [one.accession for one in found] == ["A1", "A2", "A3"]
    assert [one.laterality for one in found] == [
        Laterality.LEFT,
        None,
        Laterality.RIGHT,
    ]
    first = found[0]
    assert (first.patient_name, first.study_uid) == ("Müller^Änne", "2.25.1")
    assert (first.step_id, first.procedure_id) == ("SA1", "RA1")
    assert first.codes == (DUCTOGRAM,)


@pytest.mark.parametrize(
    ("wanted", "many"),
    [
        (Wanted(accession="A2"), 1),
        (Wanted(date="20260306-"), 0),
        (Wanted(station="OTHER"), 0),
        (Wanted(patient_id="P-1"), 3),
        (Wanted(limit=2), 2),
    ],
)
def test_only_what_was_asked_for_is_listed(wanted: Wanted, many: int, wlm: int) -> None:
    assert len(orders(peer_at(wlm, "RIS"), wanted)) == many


def test_an_entry_without_a_side_is_listed_with_one_sentence(
    wlm: int, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"dimse://RIS@127.0.0.1:{wlm}"
    assert run(["pacs", "worklist", url, "--date", "20260305"]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 3
    assert f"A2: {NO_SIDE}" in said.err
    assert len(said.err.splitlines()) == 2
    assert run(["pacs", "worklist", url, "--accession", "A2", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["laterality"], one["notes"]) == (None, [NO_SIDE])
    assert one["patient_id"] == "P-1"


@pytest.mark.parametrize(
    ("words", "more", "side"),
    [
        ("MAMMO GALACTO LT", {}, "L"),
        ("Galaktographie rechts", {}, "R"),
        ("Galactography", {"Laterality": "R"}, "R"),
        ("Galactography, later bilateral", {}, None),
        ("Galactography left", {"Laterality": "R"}, None),
        ("RL-view, right or left", {}, None),
    ],
)
def test_the_side_of_an_order_is_taken_only_where_it_is_told_once(
    words: str, more: dict[str, str], side: str | None
) -> None:
    order = order_of(entry("A9", words, **more))
    assert order.laterality == side
    if side is None:
        both = "left" in words
        assert order.notes == (TWO_SIDES if both else NO_SIDE,)


def test_the_side_may_be_told_as_a_code() -> None:
    one = entry("A9", "Galactography")
    modifier = pydicom.Dataset()
    modifier.CodeValue, modifier.CodingSchemeDesignator = "80248007", "SCT"
    modifier.CodeMeaning = "Brust"
    one.RequestedProcedureCodeSequence[0].ModifierCodeSequence = [modifier]
    assert order_of(one).laterality is Laterality.LEFT


def test_an_empty_entry_is_an_order_with_two_warnings() -> None:
    assert order_of(pydicom.Dataset()) == Order(notes=(NO_SIDE, NO_STUDY))


def test_a_name_outside_ascii_is_asked_for_in_unicode() -> None:
    asked = question(Wanted(patient_name="Mü*"))
    assert asked.SpecificCharacterSet == "ISO_IR 192"


class Ris:
    """Takes procedure steps and remembers them; `status` is what it answers."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.steps: dict[str, pydicom.Dataset] = {}

    def create(self, event: Any) -> tuple[int, Any]:
        uid = str(event.request.AffectedSOPInstanceUID)
        known = uid in self.steps
        self.steps[uid] = event.attribute_list
        return (0x0111 if known else self.status), event.attribute_list

    def change(self, event: Any) -> tuple[int, Any]:
        uid = str(event.request.RequestedSOPInstanceUID)
        if uid not in self.steps:
            return 0x0112, None
        self.steps[uid].update(event.modification_list)
        return 0, event.modification_list

    @contextmanager
    def open(self) -> Iterator[Peer]:
        entity = AE(ae_title="RIS")
        entity.add_supported_context(ModalityPerformedProcedureStep)
        handlers = [(evt.EVT_N_CREATE, self.create), (evt.EVT_N_SET, self.change)]
        port = free_port()
        server = entity.start_server(
            ("127.0.0.1", port), block=False, evt_handlers=handlers
        )
        try:
            yield peer_at(port, "RIS")
        finally:
            server.shutdown()


ORDER = replace(order_of(ENTRIES[0]), notes=())


def test_an_exam_is_told_from_its_order_to_its_images(tmp_path: Path) -> None:
    ris, files = Ris(), study_files(tmp_path, 3)
    with ris.open() as peer:
        uid = begin(peer, ORDER, at=NOW)
        told = ris.steps[uid]
        assert told.PerformedProcedureStepStatus == "IN PROGRESS"
        (scheduled,) = told.ScheduledStepAttributesSequence
        assert scheduled.AccessionNumber == "A1"
        assert scheduled.ScheduledProcedureStepID == "SA1"
        assert told.PatientName == "Müller^Änne"
        end(peer, uid, files, at=NOW)
    assert told.PerformedProcedureStepStatus == "COMPLETED"
    made = [
        one.ReferencedSOPInstanceUID
        for series in told.PerformedSeriesSequence
        for one in series.ReferencedImageSequence
    ]
    assert sorted(made) == sorted(uids(files))
    assert len(told.PerformedSeriesSequence) == 2


def test_an_exam_that_was_given_up_says_why() -> None:
    ris = Ris()
    with ris.open() as peer:
        uid = begin(peer, ORDER, at=NOW)
        end(peer, uid, [], at=NOW, reason=REASONS["extravasation"])
        told = ris.steps[uid]
        assert told.PerformedProcedureStepStatus == "DISCONTINUED"
        name = "PerformedProcedureStepDiscontinuationReasonCodeSequence"
        assert told[name].value[0].CodeValue == "113568"
        with pytest.raises(InvalidValue, match="has made images"):
            end(peer, uid, [], at=NOW)
        with pytest.raises(ArchiveError, match="status 0112h"):
            end(peer, "2.25.404", [], at=NOW, reason=REASONS["doctor"])


def test_every_reason_is_one_of_its_context_group() -> None:
    listed = {
        (str(code.value), str(code.meaning))
        for name in cid_concepts[9300]["DCM"]
        for code in [getattr(codes.DCM, name)]
    }
    assert {(one.value, one.meaning) for one in REASONS.values()} <= listed


def test_a_ris_that_refuses_a_step_is_quoted() -> None:
    with Ris(0x0110).open() as peer, pytest.raises(ArchiveError, match="status 0110h"):
        begin(peer, ORDER, at=NOW)


def test_the_commands_tell_of_an_exam(
    tmp_path: Path, wlm: int, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(one) for one in study_files(tmp_path / "in", 2)]
    url = f"dimse://RIS@127.0.0.1:{wlm}"
    assert run(["pacs", "worklist", url, "--accession", "A1", "--json"]) == 0
    order = tmp_path / "order.json"
    order.write_text(capsys.readouterr().out, "utf-8")
    ris = Ris()
    with ris.open() as peer:
        at = f"dimse://RIS@127.0.0.1:{peer.port}"
        assert run(["pacs", "step", at, "begin", "--order", str(order)]) == 0
        uid = capsys.readouterr().out.strip()
        assert run(["pacs", "step", at, "complete", "--uid", uid]) == 2
        assert run(["pacs", "step", at, "complete", "--uid", uid, *files]) == 0
        assert run(["pacs", "step", at, "begin", "--order", files[0]]) == 2
        assert run(["pacs", "step", str(tmp_path), "begin"]) == 2
    assert ris.steps[uid].PerformedProcedureStepStatus == "COMPLETED"
    assert len(capsys.readouterr().err.strip().splitlines()) == 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        yield running


def test_a_real_archive_says_what_it_keeps_for_good(
    server: Orthanc, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = study_files(tmp_path, 3)
    archive = open_archive(server.dimse, access=ACCESS)
    archive.store(files[:2])
    words = [server.dimse, *map(str, files), "--listen", str(server.move_port)]
    assert run(["pacs", "commit", *words, "--json"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["held"] == sorted(uids(files[:2]))
    assert f"{uids(files)[2]}: is not kept (reason 0112h)" in told.err
    archive.store(files)
    assert run(["pacs", "commit", *words]) == 0
    assert "3 of 3 objects are kept" in capsys.readouterr().out


def test_an_archive_that_never_answers_is_left_and_said_what_to_check(
    server: Orthanc, tmp_path: Path
) -> None:
    files = study_files(tmp_path, 1)
    archive = open_archive(server.dimse, access=ACCESS)
    assert isinstance(archive, DimseArchive)
    archive.store(files)
    one = identity_of(files[0])
    begun = time.monotonic()
    # It answers to the port that it knows, and nobody is there.
    with pytest.raises(ArchiveError, match="does it know TESTER at port"):
        ask(archive.peer, {one.instance: one.sop_class}, listen=free_port(), wait_s=1)
    assert time.monotonic() - begun < 10

"""What goes wrong on a network, made to happen."""

# Handlers take whatever pynetdicom gives them.
# ruff: noqa: ANN401

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    Verification,
)

from archive_objects import EXPLICIT, JPEG_LS, STUDY, same, study_files, uids
from archive_orthanc import free_port
from galactograph.archives import open_archive
from galactograph.archives.access import Access, Limits, Secret
from galactograph.cli.app import run
from galactograph.errors import ArchiveError
from galactograph.plugins import Archive
from galactograph.values.archive import Terms

# pynetdicom leaves a socket that never connected to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <(ssl|socket):ResourceWarning"),
    pytest.mark.slow,
]

HASTY = Access(limits=Limits(attempts=2, pause_s=0.01, connect_s=2, reply_s=5))
IMPATIENT = Access(limits=Limits(attempts=1, pause_s=0, connect_s=1, reply_s=0.3))
MAMMOGRAM = "1.2.840.10008.5.1.4.1.1.1.2.1"
STORED = {"Status": 0}


@contextmanager
def peer(
    handlers: list[Any], classes: tuple[str, ...] = (MAMMOGRAM,), title: str = "PEER"
) -> Iterator[str]:
    """Run a peer in this process that does as the handlers say; yields its URL."""
    entity = AE(ae_title=title)
    entity.require_called_aet = True
    for service in (
        Verification,
        StudyRootQueryRetrieveInformationModelFind,
        StudyRootQueryRetrieveInformationModelGet,
    ):
        entity.add_supported_context(service)
    for one in classes:
        entity.add_supported_context(one, scu_role=True, scp_role=True)
    port = free_port()
    server = entity.start_server(
        ("127.0.0.1", port), block=False, evt_handlers=handlers
    )
    try:
        yield f"dimse://PEER@127.0.0.1:{port}"
    finally:
        server.shutdown()


def archive(url: str, access: Access = HASTY) -> Archive:
    return open_archive(url, access=access)


class Storage:
    """Takes objects; before each, `fault(number, uid)` may give another status."""

    def __init__(self, fault: Callable[[int, str], int | None]) -> None:
        self.fault = fault
        self.asked: list[str] = []
        self.taken: list[str] = []

    def handle(self, event: Any) -> int:
        uid = str(event.request.AffectedSOPInstanceUID)
        self.asked.append(uid)
        status = self.fault(len(self.asked), uid)
        if status == -1:
            event.assoc.abort()
            return 0xC000
        if status:
            return status
        self.taken.append(uid)
        return 0

    @property
    def handlers(self) -> list[Any]:
        return [(evt.EVT_C_STORE, self.handle)]


def test_a_peer_that_hangs_up_again_and_again_still_gets_everything(
    tmp_path: Path,
) -> None:
    files = study_files(tmp_path, 6)
    storage = Storage(lambda number, _: -1 if number % 3 == 2 else None)
    with peer(storage.handlers) as url:
        receipt = archive(url).store(files)
    assert receipt.complete
    assert sorted(receipt.moved) == sorted(storage.taken) == sorted(uids(files))


def test_one_object_that_kills_the_peer_does_not_hold_up_the_others(
    tmp_path: Path,
) -> None:
    files = study_files(tmp_path, 4)
    poison = uids(files)[0]
    storage = Storage(lambda _, uid: -1 if uid == poison else None)
    with peer(storage.handlers) as url:
        receipt = archive(url).store(files)
    assert sorted(receipt.moved) == sorted(uids(files)[1:])
    (failure,) = receipt.failures
    assert failure.name == str(files[0])
    assert "hung up" in failure.reason


def test_a_peer_short_of_room_is_asked_again(tmp_path: Path) -> None:
    files = study_files(tmp_path, 2)
    storage = Storage(lambda number, _: 0xA700 if number == 1 else None)
    with peer(storage.handlers) as url:
        assert archive(url).store(files).complete
    assert len(storage.asked) == 3


def test_an_object_refused_for_good_is_asked_once(tmp_path: Path) -> None:
    files = study_files(tmp_path, 3)
    bad = uids(files)[1]
    storage = Storage(lambda _, uid: 0xC123 if uid == bad else None)
    with peer(storage.handlers) as url:
        receipt = archive(url).store(files)
    assert len(storage.asked) == 3
    (failure,) = receipt.failures
    assert "status C123h" in failure.reason


def test_a_warning_is_passed_on(tmp_path: Path) -> None:
    files = study_files(tmp_path, 1)
    with peer([(evt.EVT_C_STORE, lambda _: 0xB000)]) as url:
        receipt = archive(url).store(files)
    assert receipt.complete
    assert "B000h" in receipt.notes[0]


def test_an_encoding_that_the_peer_does_not_take_is_named(tmp_path: Path) -> None:
    # The peer of these tests takes explicit and implicit, and nothing compressed.
    files = study_files(tmp_path, 2, encodings=(EXPLICIT, JPEG_LS))
    storage = Storage(lambda *_: None)
    with peer(storage.handlers) as url:
        receipt = archive(url).store(files)
    assert receipt.moved == (uids(files)[0],)
    (failure,) = receipt.failures
    assert "does not take Digital Mammography X-Ray" in failure.reason
    assert "JPEG-LS" in failure.reason


def test_a_peer_that_takes_nothing_of_ours_is_told(tmp_path: Path) -> None:
    files = study_files(tmp_path, 1)
    with (
        peer([], classes=("1.2.840.10008.5.1.4.1.1.2",)) as url,
        pytest.raises(ArchiveError, match="takes none of what was proposed"),
    ):
        archive(url).store(files)


def test_a_wrong_title_is_told_at_once() -> None:
    with (
        peer([]) as url,
        pytest.raises(ArchiveError, match="it is not called OTHER"),
    ):
        archive(url.replace("PEER", "OTHER")).echo()


def test_a_port_where_nobody_is_says_so() -> None:
    with pytest.raises(ArchiveError, match="is away"):
        archive(f"dimse://PEER@127.0.0.1:{free_port()}").echo()


def test_a_peer_that_does_not_answer_is_left_in_time() -> None:
    def sleepy(_: Any) -> int:
        time.sleep(1.0)
        return 0

    with peer([(evt.EVT_C_ECHO, sleepy)]) as url:
        begun = time.monotonic()
        with pytest.raises(ArchiveError, match="did not answer in time"):
            archive(url, IMPATIENT).echo()
        assert time.monotonic() - begun < 1.0


class Library:
    """Answers queries about files, and sends them as `fault` lets it."""

    def __init__(
        self, files: list[Path], fault: Callable[[int, str], str] = lambda *_: ""
    ) -> None:
        self.objects = [pydicom.dcmread(one) for one in files]
        self.fault = fault
        self.sent = 0

    def find(self, event: Any) -> Iterator[Any]:
        asked = event.identifier
        seen = set()
        for one in self.objects:
            same_series = asked.get("SeriesInstanceUID") in (
                None,
                "",
                one.SeriesInstanceUID,
            )
            answer = pydicom.Dataset()
            answer.StudyInstanceUID = one.StudyInstanceUID
            answer.SeriesInstanceUID = one.SeriesInstanceUID
            key = one.SeriesInstanceUID
            if asked.QueryRetrieveLevel == "IMAGE":
                answer.SOPInstanceUID = key = one.SOPInstanceUID
                answer.SOPClassUID = one.SOPClassUID
            if same_series and key not in seen:
                seen.add(key)
                yield 0xFF00, answer

    def get(self, event: Any) -> Iterator[Any]:
        wanted = event.identifier.get("SOPInstanceUID", "")
        chosen = [one for one in self.objects if wanted in ("", one.SOPInstanceUID)]
        yield len(chosen)
        for one in chosen:
            self.sent += 1
            fault = self.fault(self.sent, str(one.SOPInstanceUID))
            if fault == "abort":
                event.assoc.abort()
                return
            if fault == "skip":
                yield 0xA702, None
                return
            yield 0xFF00, one

    @property
    def handlers(self) -> list[Any]:
        return [(evt.EVT_C_FIND, self.find), (evt.EVT_C_GET, self.get)]


def test_a_study_comes_whole_from_a_peer_that_dies_in_the_middle(
    tmp_path: Path,
) -> None:
    files = study_files(tmp_path / "in", 5)
    library = Library(files, lambda number, _: "abort" if number in (3, 5) else "")
    with peer(library.handlers) as url:
        receipt = archive(url).fetch(STUDY, tmp_path / "out")
    assert receipt.complete
    assert sorted(receipt.moved) == sorted(uids(files))
    # Five objects, and the two that were under way when the peer died.
    assert library.sent == 7
    for file, uid in zip(files, uids(files), strict=True):
        assert same(file, tmp_path / "out" / f"{uid}.dcm")


def test_a_pull_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    files = study_files(tmp_path / "in", 6)
    out = tmp_path / "out"

    def slow(_: int, __: str) -> str:
        time.sleep(0.15)
        return ""

    library = Library(files, slow)
    with peer(library.handlers) as url:
        command = ["pacs", "pull", url, STUDY, "-o", str(out)]
        process = subprocess.Popen([sys.executable, "-m", "galactograph.cli", *command])
        end = time.monotonic() + 20
        while len(list(out.glob("*.dcm"))) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        arrived = {one.stem for one in out.glob("*.dcm")}
        assert 2 <= len(arrived) < 6
        receipt = archive(url).fetch(STUDY, out)
    assert receipt.complete
    assert set(receipt.there) == arrived
    for file, uid in zip(files, uids(files), strict=True):
        assert same(file, out / f"{uid}.dcm")


def test_what_a_peer_cannot_send_is_named_and_the_rest_comes(tmp_path: Path) -> None:
    files = study_files(tmp_path / "in", 4)
    bad = uids(files)[1]
    library = Library(files, lambda _, uid: "skip" if uid == bad else "")
    with peer(library.handlers) as url:
        receipt = archive(url).fetch(STUDY, tmp_path / "out")
    assert sorted(receipt.moved) == sorted(set(uids(files)) - {bad})
    assert [one.name for one in receipt.failures] == [bad]


def test_a_full_disk_is_told_and_leaves_no_half_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = study_files(tmp_path / "in", 2)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with peer(Library(files).handlers) as url:
        receipt = archive(url).fetch(STUDY, tmp_path / "out")
    assert receipt.moved == ()
    assert len(receipt.failures) == 2
    assert list((tmp_path / "out").iterdir()) == []


def test_the_command_fails_with_a_sentence_for_each_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = study_files(tmp_path / "in", 2)
    bad = uids(files)[0]
    storage = Storage(lambda _, uid: 0xC000 if uid == bad else None)
    with peer(storage.handlers) as url:
        assert run(["pacs", "push", url, *map(str, files)]) == 1
    said = capsys.readouterr()
    assert "1 objects arrived" in said.out
    assert "cannot process this" in said.err
    assert len(said.err.strip().splitlines()) == 1


class Site:
    """A DICOMweb service that does as it is told, request by request."""

    def __init__(self, files: list[Path], faults: list[str]) -> None:
        self.objects = dict(zip(uids(files), files, strict=True))
        self.faults = faults
        self.requests: list[str] = []

    def answer(self, door: BaseHTTPRequestHandler) -> None:
        self.requests.append(f"{door.command} {door.path.partition('?')[0]}")
        door.rfile.read(int(door.headers.get("Content-Length", 0)))
        fault = self.faults.pop(0) if self.faults else ""
        if fault.isdecimal():
            body = b"{}"
            if fault == "409":
                body = b'{"00081198": {"vr": "SQ", "Value": [{"00081197": '
                body += b'{"vr": "US", "Value": [43264]}}]}}'
            self._say(door, int(fault), "application/dicom+json", body)
        elif fault == "slow":
            time.sleep(0.8)
            door.close_connection = True
        elif fault == "garbage":
            self._say(door, 200, "text/html", b"<html>please log in</html>")
        elif door.command == "POST":
            empty = b'{"00081198": {"vr": "SQ"}}'  # as Orthanc says that all is well
            self._say(door, 200, "application/dicom+json", empty)
        elif door.path.partition("?")[0].endswith("/instances"):
            self._say(door, 200, "application/dicom+json", self._list())
        else:
            self._send(door, fault)

    def _list(self) -> bytes:
        # Every page alike, whatever was asked: some servers know no pages.
        return json.dumps(
            [
                {
                    "00080018": {"vr": "UI", "Value": [uid]},
                    "0020000E": {"vr": "UI", "Value": ["1.2"]},
                }
                for uid in self.objects
            ]
        ).encode()

    def _send(self, door: BaseHTTPRequestHandler, fault: str) -> None:
        uid = door.path.rpartition("/")[2]
        body = self.objects[uid].read_bytes()
        if fault == "damaged":
            body = body[200:]
        body = b"--XX\r\nContent-Type: application/dicom\r\n\r\n" + body + b"\r\n--XX--"
        kind = 'multipart/related; type="application/dicom"; boundary=XX'
        self._say(door, 200, kind, body, half=fault == "half")

    @staticmethod
    def _say(
        door: BaseHTTPRequestHandler,
        code: int,
        kind: str,
        body: bytes,
        *,
        half: bool = False,
    ) -> None:
        door.send_response(code)
        door.send_header("Content-Type", kind)
        door.send_header("Content-Length", str(len(body)))
        door.end_headers()
        door.wfile.write(body[: len(body) // 2] if half else body)
        door.close_connection = half


@contextmanager
def site(files: list[Path], *faults: str) -> Iterator[tuple[str, Site]]:
    told = Site(files, list(faults))

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.answer(self)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/web", told
        server.shutdown()


@pytest.mark.parametrize("fault", ["half", "503", "429", "slow"])
def test_a_service_that_stumbles_is_asked_again(fault: str, tmp_path: Path) -> None:
    files = study_files(tmp_path / "in", 3)
    limits = Limits(attempts=2, pause_s=0.01, connect_s=2, reply_s=0.4)
    with site(files, "", "", fault) as (url, told):
        receipt = archive(url, Access(limits=limits)).fetch(STUDY, tmp_path / "out")
    assert receipt.complete
    assert len([one for one in told.requests if "/series/" in one]) == 4
    for file, uid in zip(files, uids(files), strict=True):
        assert (tmp_path / "out" / f"{uid}.dcm").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("damaged", "arrived damaged"),
        ("garbage", "text/html where DICOM"),
        ("406", "HTTP 406"),
    ],
)
def test_one_bad_object_is_named_and_the_rest_comes(
    fault: str, words: str, tmp_path: Path
) -> None:
    files = study_files(tmp_path / "in", 3)
    with site(files, "", "", fault) as (url, _):
        receipt = archive(url).fetch(STUDY, tmp_path / "out")
    assert len(receipt.moved) == 2
    (failure,) = receipt.failures
    assert failure.name == uids(files)[0]
    assert words in failure.reason


def test_a_refused_object_is_said_with_the_reason_of_the_service(
    tmp_path: Path,
) -> None:
    files = study_files(tmp_path / "in", 2)
    with site(files, "409") as (url, _):
        receipt = archive(url).store(files)
    assert receipt.moved == (uids(files)[1],)
    assert "reason A900h" in receipt.failures[0].reason


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("401", "we are not let in"),
        ("garbage", "does not answer as DICOMweb"),
        ("404", "HTTP 404"),
        ("302", "HTTP 302"),
    ],
)
def test_a_service_that_is_none_is_told(fault: str, words: str) -> None:
    with site([], fault) as (url, told):
        access = Access(user="u", password=Secret("hunter2"), limits=HASTY.limits)
        with pytest.raises((ArchiveError, LookupError), match=words) as error:
            archive(url, access).search(Terms())
    assert "hunter2" not in str(error.value)
    assert len(told.requests) == 1


def test_a_service_that_is_away_is_told_in_a_sentence() -> None:
    with pytest.raises(ArchiveError, match="is away"):
        archive(f"http://127.0.0.1:{free_port()}/web").echo()

"""The listener at a real port: modalities call, processes read, archives answer."""

from __future__ import annotations

import gc
import json
import os
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pydicom
import pytest

from archive_objects import STUDY, same, study_files, uids
from archive_orthanc import (
    PASSWORD,
    USER,
    certificates,
    free_port,
    orthanc,
)
from galactograph.archives import open_archive
from galactograph.archives.access import Access, Limits
from galactograph.archives.commitment import ask
from galactograph.archives.dimse import DimseArchive
from galactograph.archives.peer import Peer, contexts
from galactograph.archives.performing import begin, end
from galactograph.archives.receiving import Port
from galactograph.cli.app import run
from galactograph.errors import ArchiveError
from galactograph.listening.crew import Reader
from galactograph.listening.service import Listener
from galactograph.listening.settings import Settings
from galactograph.listening.states import State
from galactograph.values.order import Order

# pynetdicom leaves a socket that never connected to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <(ssl|socket):ResourceWarning"),
    pytest.mark.slow,
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect such sockets within the test, which lets the warning pass."""
    yield
    gc.collect()


HASTY = Access(limits=Limits(attempts=2, pause_s=0.05, connect_s=5, reply_s=10))
NOW = datetime(2026, 3, 5, 9, 30)  # noqa: DTZ001  DICOM keeps local time
LONGEST_S = 20.0


def copying(images: Path, made: datetime) -> dict[str, bytes]:
    """Read nothing: the first image, as if it were a result."""
    del made
    return {"result.dcm": min(images.iterdir()).read_bytes()}


def crashing(images: Path, made: datetime) -> dict[str, bytes]:
    """End the process where the study says so, as a broken codec would."""
    if STUDY in images.name:
        os._exit(139)
    return copying(images, made)


def endless(images: Path, made: datetime) -> dict[str, bytes]:
    """Never come to an end."""
    del images, made
    time.sleep(3600)
    return {}


@contextmanager
def listening(
    folder: Path,
    *,
    reader: Reader = copying,
    peers: dict[str, Peer] | None = None,
    port: Port | None = None,
    **changes: float,
) -> Iterator[tuple[Listener, Port]]:
    """Run a listener that sends results into a folder beside its own."""
    (folder / "archive").mkdir(parents=True, exist_ok=True)
    standard = {"quiet_s": 0.3, "pause_s": 0.05, "least_free_mb": 1, "grace_s": 5}
    settings = Settings(
        folder=folder / "kept",
        send_to="",
        **{**standard, **changes},  # type: ignore[arg-type]
    )
    listener = Listener(
        settings,
        archive=lambda: open_archive(str(folder / "archive")),
        reader=reader,
        peers=peers,
    )
    at = port or Port(title="LISTENER", number=free_port(), access=HASTY)
    over = threading.Event()
    thread = threading.Thread(target=listener.run, args=(at, over))
    thread.start()
    try:
        yield listener, at
    finally:
        over.set()
        thread.join(LONGEST_S)
        assert not thread.is_alive()


def called(port: Port, access: Access = HASTY, calling: str = "MAMMO") -> DimseArchive:
    """Call a listener as a modality, once it is there."""
    scheme = "dimses" if port.secure else "dimse"
    archive = open_archive(
        f"{scheme}://{port.title}@127.0.0.1:{port.number}?calling={calling}",
        access=access,
    )
    assert isinstance(archive, DimseArchive)
    until(lambda: _answers(archive))
    return archive


def _answers(archive: DimseArchive) -> bool:
    try:
        archive.echo()
    except ArchiveError as trouble:
        return "is away" not in str(trouble)
    return True


def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    end_ = time.monotonic() + LONGEST_S
    while not true():
        assert time.monotonic() < end_, "it never came true"
        time.sleep(0.05)


def states(listener: Listener) -> list[State]:
    return sorted(one.state for one in listener.ledger.readings())


def test_a_process_that_dies_takes_one_study_with_it_and_no_other(
    tmp_path: Path,
) -> None:
    poison = study_files(tmp_path / "in", 1)
    well = study_files(tmp_path / "well", 2, study="2.25.5")
    with listening(tmp_path, reader=crashing, tries=2) as (listener, port):
        assert called(port).store([*poison, *well]).complete
        until(lambda: states(listener) == [State.SENT, State.ASIDE])
        (aside,) = listener.ledger.readings(State.ASIDE)
        assert "exit status 139" in aside.reason
        assert aside.failed == 2


def test_a_reading_that_never_ends_is_ended(tmp_path: Path) -> None:
    files = study_files(tmp_path / "in", 1)
    with listening(tmp_path, reader=endless, tries=1, longest_s=0.3) as (
        listener,
        port,
    ):
        called(port).store(files)
        until(lambda: states(listener) == [State.ASIDE])
        (aside,) = listener.ledger.readings(State.ASIDE)
        assert aside.reason == "took longer than 0.3 s"


def test_asked_to_end_in_a_reading_it_ends_and_reads_it_later(tmp_path: Path) -> None:
    files = study_files(tmp_path / "in", 1)
    with listening(tmp_path, reader=endless, grace_s=0.1) as (listener, port):
        called(port).store(files)
        until(lambda: states(listener) == [State.READING])
    with listening(tmp_path) as (listener, _):
        until(lambda: states(listener) == [State.SENT])
        (one,) = listener.ledger.readings()
        assert one.starts == 1  # being asked to end is no fault of the study


def test_a_private_encoding_is_refused_by_name_and_the_rest_is_taken(
    tmp_path: Path,
) -> None:
    files = study_files(tmp_path / "in", 2)
    odd = pydicom.dcmread(files[0])
    odd.file_meta.TransferSyntaxUID = "1.2.840.113619.5.2.99"
    pydicom.dcmwrite(files[0], odd, implicit_vr=False, little_endian=True)
    with listening(tmp_path) as (listener, port):
        receipt = called(port).store(files)
        assert receipt.moved == (uids(files[1:])[0],)
        (failure,) = receipt.failures
        assert "1.2.840.113619.5.2.99" in failure.reason
        until(lambda: states(listener) == [State.SENT])
    assert files[0].exists()  # with whom it was


def test_a_modality_that_hangs_up_in_an_object_leaves_no_half(tmp_path: Path) -> None:
    files = study_files(tmp_path / "in", 2)
    with listening(tmp_path) as (listener, port):
        modality = called(port)
        modality.store(files[:1])
        wanted = contexts(["1.2.840.10008.5.1.4.1.1.1.2.1"])
        with modality.peer.associated(wanted) as association:
            # The beginning of a P-DATA-TF of 64 kB (PS3.8 9.3.5), and then nothing.
            association.dul.socket.send(b"\x04\x00\x00\x01\x00\x00" + bytes(500))
            association.abort()
        until(lambda: states(listener) == [State.SENT])
        assert modality.store(files).complete
        until(lambda: states(listener) == [State.SENT, State.SENT])
    lying = [one.name for one in listener.settings.objects.iterdir()]
    assert sorted(lying) == sorted(f"{uid}.dcm" for uid in uids(files))


def test_who_is_not_known_is_not_let_in(tmp_path: Path) -> None:
    port = Port(title="LISTENER", number=free_port(), known=("MAMMO",), access=HASTY)
    with listening(tmp_path, port=port):
        called(port).echo()
        with pytest.raises(ArchiveError, match="does not know us as STRANGER"):
            called(port, calling="STRANGER").echo()


def test_a_study_travels_to_the_listener_within_tls(tmp_path: Path) -> None:
    keys = certificates(tmp_path / "keys")
    access = replace(HASTY, ca=keys.ca, certificate=keys.certificate, key=keys.key)
    port = Port(title="LISTENER", number=free_port(), secure=True, access=access)
    files = study_files(tmp_path / "in", 1)
    with listening(tmp_path, port=port) as (listener, _):
        assert called(port, access).store(files).complete
        until(lambda: states(listener) == [State.SENT])
        nameless = replace(HASTY, ca=keys.ca)
        with pytest.raises(ArchiveError):
            called(port, nameless).echo()
        with pytest.raises(ArchiveError, match="without TLS"):
            called(replace(port, secure=False)).echo()
    kept = listener.settings.objects / f"{uids(files)[0]}.dcm"
    assert same(kept, files[0])


def test_tls_without_a_certificate_is_told_before_anything_else(tmp_path: Path) -> None:
    port = Port(title="LISTENER", number=free_port(), secure=True)
    settings = Settings(folder=tmp_path, send_to="")
    listener = Listener(settings, archive=lambda: None, reader=copying)  # type: ignore[arg-type,return-value]
    with pytest.raises(ArchiveError, match="a certificate, its key and a ca"):
        listener.run(port, threading.Event())


def test_the_end_of_a_step_has_its_study_read_without_a_wait(tmp_path: Path) -> None:
    files = study_files(tmp_path / "in", 2)
    with listening(tmp_path, quiet_s=600) as (listener, port):
        modality = called(port)
        step = begin(modality.peer, Order(study_uid=STUDY), at=NOW)
        modality.store(files)
        end(modality.peer, step, files, at=NOW)
        until(lambda: states(listener) == [State.SENT])


def test_who_asks_for_commitment_is_told_what_lies_here(tmp_path: Path) -> None:
    files = study_files(tmp_path / "in", 2)
    kinds = dict.fromkeys(uids(files), "1.2.840.10008.5.1.4.1.1.1.2.1")
    back = free_port()
    modality = Peer(
        title="MAMMO",
        host="127.0.0.1",
        port=back,
        calling="LISTENER",
        secure=False,
        access=HASTY,
    )
    with listening(tmp_path, peers={"MAMMO": modality}) as (_, port):
        archive = called(port)
        archive.store(files[:1])
        told = ask(archive.peer, kinds, listen=back, wait_s=10)
        assert told.held == tuple(uids(files[:1]))
        assert told.failed == {uids(files)[1]: 0x0112}


def test_an_answer_that_cannot_be_given_is_owed_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with listening(tmp_path) as (listener, port):
        archive = called(port)
        with pytest.raises(ArchiveError, match="did not say within"):
            ask(archive.peer, {"2.25.1": "1.2"}, listen=free_port(), wait_s=0.1)
        until(lambda: bool(listener.ledger.rows("SELECT 1 FROM commitments")))
    assert run(["pacs", "backlog", str(tmp_path / "kept")]) == 0
    told = capsys.readouterr().out
    assert "owed an answer to MAMMO: nobody said where it is: --peer MAMMO@" in told


def _asked(url: str, words: object = None) -> object:
    token = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310
        url,
        data=None if words is None else json.dumps(words).encode(),
        headers={"Authorization": f"Basic {token}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.loads(answer.read())


def test_a_real_node_sends_to_the_listener_and_is_told_that_all_is_kept(
    tmp_path: Path,
) -> None:
    files = study_files(tmp_path / "in", 2)
    at = free_port()
    known = {"listener": {"AET": "LISTENER", "Host": "127.0.0.1", "Port": at}}
    (tmp_path / "orthanc").mkdir()
    with orthanc(tmp_path / "orthanc", DicomModalities=known) as server:
        node = Peer(
            title="ORTHANC",
            host="127.0.0.1",
            port=server.dicom_port,
            calling="LISTENER",
            secure=False,
            access=HASTY,
        )
        port = Port(title="LISTENER", number=at, access=HASTY)
        web = f"http://127.0.0.1:{server.http_port}"
        with listening(tmp_path, peers={"ORTHANC": node}, port=port) as (listener, _):
            called(port)
            open_archive(server.dimse, access=HASTY).store(files)
            kept = _asked(f"{web}/instances")
            wish = {
                "Resources": kept,
                "StorageCommitment": True,
                "Synchronous": True,
            }
            done = _asked(f"{web}/modalities/listener/store", wish)
            assert isinstance(done, dict)
            report = (
                f"{web}/storage-commitment/{done['StorageCommitmentTransactionUID']}"
            )
            until(lambda: "Pending" not in str(_asked(report)))
            told = _asked(report)
            assert isinstance(told, dict)
            assert (told["Status"], len(told["Success"])) == ("Success", 2)
            until(lambda: states(listener) == [State.SENT])


def test_the_command_shows_what_needs_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = study_files(tmp_path / "in", 1)
    kept = str(tmp_path / "kept")
    with listening(tmp_path, reader=crashing, tries=1) as (listener, port):
        called(port).store(files)
        until(lambda: states(listener) == [State.ASIDE])
        assert run(["pacs", "backlog", kept]) == 1  # while it runs
        assert f"{STUDY}  set aside" in capsys.readouterr().out
        assert run(["pacs", "backlog", kept, "--json"]) == 1
        assert json.loads(capsys.readouterr().out)["counts"]["set aside"] == 1
    assert run(["pacs", "backlog", kept, "--retry", "2.25.404"]) == 2
    assert run(["pacs", "backlog", kept, "--retry", STUDY]) == 0
    assert run(["pacs", "backlog", str(tmp_path / "nowhere")]) == 2
    with listening(tmp_path) as (listener, _):
        until(lambda: states(listener) == [State.SENT])


@pytest.mark.parametrize(
    "words",
    [
        ("--to", "https://me:word@host/"),
        ("--to", "here", "--peer", "MAMMO"),
        ("--to", "here", "--port", "0"),
    ],
)
def test_what_cannot_be_listened_to_is_wrong_usage(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    assert run(["listen", str(tmp_path / "kept"), *words]) == 2

"""Against a real archive: what is sent comes back equal, by every road."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from archive_objects import ENCODINGS, JPEG_2000, STUDY, same, study_files, uids
from archive_orthanc import (
    PASSWORD,
    USER,
    Certificates,
    Orthanc,
    certificates,
    free_port,
    needed,
    orthanc,
    tls_door,
)
from galactograph.archives import open_archive
from galactograph.archives.access import Access, Limits, Secret
from galactograph.archives.dicomweb import WebArchive
from galactograph.cli.app import run
from galactograph.errors import ArchiveError, InvalidValue, NotFound
from galactograph.plugins import Archive
from galactograph.values.archive import Terms

# pynetdicom leaves a socket that never connected to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <(ssl|socket):ResourceWarning"),
    pytest.mark.slow,
]

LIMITS = Limits(attempts=2, pause_s=0.05, connect_s=5, reply_s=20)
ACCESS = Access(user=USER, password=Secret(PASSWORD), limits=LIMITS)
ROADS = ("get", "move", "web")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        yield running


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, server: Orthanc) -> list[Path]:
    """Files that the server has, in four encodings and two series."""
    made = study_files(tmp_path_factory.mktemp("in"), 6, encodings=ENCODINGS)
    assert road("get", server).store(made).moved == tuple(uids(made))
    return made


def road(name: str, server: Orthanc) -> Archive:
    move = f"{server.dimse}&retrieve=move&listen={server.move_port}"
    url = {"get": server.dimse, "move": move, "web": server.web}[name]
    return open_archive(url, access=ACCESS)


@pytest.mark.parametrize("name", ROADS)
def test_it_answers(name: str, server: Orthanc) -> None:
    assert "answers" in road(name, server).echo()


@pytest.mark.parametrize("name", ROADS)
def test_a_study_comes_back_equal_in_its_own_encoding(
    name: str, server: Orthanc, files: list[Path], tmp_path: Path
) -> None:
    receipt = road(name, server).fetch(STUDY, tmp_path)
    assert receipt.complete
    assert sorted(receipt.moved) == sorted(uids(files))
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(
        f"{uid}.dcm" for uid in uids(files)
    )
    for file, uid in zip(files, uids(files), strict=True):
        back = tmp_path / f"{uid}.dcm"
        assert same(file, back)
        syntaxes = [
            pydicom.dcmread(one).file_meta.TransferSyntaxUID for one in (file, back)
        ]
        assert syntaxes[0] == syntaxes[1]


@pytest.mark.parametrize("name", ROADS)
def test_only_what_is_missing_is_fetched(
    name: str, server: Orthanc, files: list[Path], tmp_path: Path
) -> None:
    archive = road(name, server)
    archive.fetch(STUDY, tmp_path)
    lost = tmp_path / f"{uids(files)[2]}.dcm"
    lost.unlink()
    kept = {one: one.stat().st_mtime_ns for one in tmp_path.iterdir()}
    receipt = archive.fetch(STUDY, tmp_path)
    assert receipt.moved == (lost.stem,)
    assert len(receipt.there) == len(files) - 1
    assert {one: one.stat().st_mtime_ns for one in kept} == kept


@pytest.mark.parametrize("name", ROADS)
def test_a_study_is_stored_by_every_road(
    name: str, server: Orthanc, tmp_path: Path
) -> None:
    study = f"2.25.815.{ROADS.index(name)}"
    made = study_files(tmp_path / "in", 3, study=study, encodings=ENCODINGS)
    archive = road(name, server)
    assert archive.store(made).moved == tuple(uids(made))
    assert archive.store(made).complete
    (found,) = archive.search(Terms(study_uid=study))
    assert found.objects == 3


@pytest.mark.parametrize("name", ROADS)
@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ({"patient_id": "P-?"}, True),
        ({"patient_name": "M*"}, True),
        ({"accession": "A77", "modality": "MG"}, True),
        ({"date": "20260301-20260331"}, True),
        ({"date": "20270101-"}, False),
        ({"accession": "A78"}, False),
    ],
)
def test_studies_are_found_by_what_is_known_of_them(
    name: str,
    terms: dict[str, str],
    found: bool,  # noqa: FBT001
    server: Orthanc,
    files: list[Path],
) -> None:
    assert files
    asked = replace(Terms(study_uid=STUDY), **terms)  # type: ignore[arg-type]
    listed = road(name, server).search(asked)
    assert [one.study_uid for one in listed] == ([STUDY] if found else [])
    if found:
        (one,) = listed
        assert (one.patient_name, one.date) == ("Müller^Änne", "20260305")
        assert (one.modalities, one.objects) == (("MG",), 6)


@pytest.mark.parametrize("name", ROADS)
def test_no_more_studies_come_than_were_asked_for(
    name: str, server: Orthanc, files: list[Path], tmp_path: Path
) -> None:
    assert files
    other = study_files(tmp_path, 1, study="2.25.999")
    archive = road(name, server)
    archive.store(other)
    assert len(archive.search(Terms(limit=1))) == 1
    assert len(archive.search(Terms())) >= 2


@pytest.mark.parametrize("name", ROADS)
def test_a_study_that_is_not_there_is_said_to_be_absent(
    name: str, server: Orthanc, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match=r"holds no study 2\.25\.31337"):
        road(name, server).fetch("2.25.31337", tmp_path)


def test_a_frame_comes_decoded_whatever_its_encoding(
    server: Orthanc, files: list[Path]
) -> None:
    archive = road("web", server)
    assert isinstance(archive, WebArchive)
    for path in files:
        one = pydicom.dcmread(path)
        named = (one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID)
        if one.file_meta.TransferSyntaxUID == JPEG_2000:
            # Debian's Orthanc cannot decode it; a study that is pulled comes whole.
            with pytest.raises(ArchiveError, match="HTTP 500"):
                archive.frame(*named, 1)
            continue
        assert archive.frame(*named, 1) == one.pixel_array.tobytes()
    with pytest.raises((NotFound, ArchiveError), match="HTTP 4"):
        archive.frame(*named, 2)
    with pytest.raises(InvalidValue, match="a number from 1"):
        archive.frame(*named, 0)


def test_a_wrong_title_is_told(server: Orthanc) -> None:
    url = server.dimse.replace("ORTHANC", "NOBODY")
    with pytest.raises(ArchiveError, match="it is not called NOBODY"):
        open_archive(url, access=ACCESS).echo()


def test_a_move_to_a_stranger_says_what_to_register(
    server: Orthanc, files: list[Path], tmp_path: Path
) -> None:
    url = server.dimse.replace("TESTER", "STRANGER")
    url += f"&retrieve=move&listen={free_port()}"
    receipt = open_archive(url, access=ACCESS).fetch(STUDY, tmp_path)
    assert len(receipt.failures) == len(files)
    assert receipt.moved == ()
    assert "does it know STRANGER at port" in receipt.failures[0].reason


def test_a_wrong_password_is_told_and_not_quoted(server: Orthanc) -> None:
    wrong = replace(ACCESS, password=Secret("hunter2"))
    with pytest.raises(ArchiveError, match="we are not let in") as error:
        open_archive(server.web, access=wrong).echo()
    assert "hunter2" not in str(error.value)


def test_the_commands_find_pull_and_push(
    server: Orthanc,
    files: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GALACTOGRAPH_PACS_USER", USER)
    monkeypatch.setenv("GALACTOGRAPH_PACS_PASSWORD", PASSWORD)
    out = tmp_path / "out"
    for url in (server.dimse, server.web):
        assert run(["pacs", "echo", url]) == 0
        assert run(["pacs", "push", url, str(files[0].parent)]) == 0
        capsys.readouterr()
        assert run(["pacs", "find", url, "--study", STUDY, "--json"]) == 0
        (found,) = json.loads(capsys.readouterr().out)
        assert found["objects"] == 6
        assert run(["pacs", "pull", url, STUDY, "-o", str(out), "--json"]) == 0
        receipt = json.loads(capsys.readouterr().out)
        assert len(receipt["moved"]) + len(receipt["there"]) == 6
    monkeypatch.setenv("GALACTOGRAPH_PACS_PASSWORD", "hunter2")
    assert run(["pacs", "find", server.web]) == 1
    assert run(["pacs", "pull", server.dimse, "2.25.31337", "-o", str(out)]) == 2
    said = capsys.readouterr()
    assert PASSWORD not in said.err
    assert "hunter2" not in said.err
    assert len(said.err.strip().splitlines()) == 2


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def secure(
    tmp_path_factory: pytest.TempPathFactory, keys: Certificates
) -> Iterator[dict[str, str]]:
    """URLs of an archive that speaks with known peers within TLS only."""
    settings = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(keys.certificate),
        "DicomTlsPrivateKey": str(keys.key),
        "DicomTlsTrustedCertificates": str(keys.ca),
    }
    with (
        orthanc(tmp_path_factory.mktemp("secure"), **settings) as running,
        tls_door(running.http_port, keys) as port,
    ):
        yield {
            "dimse": running.dimse.replace("dimse://", "dimses://"),
            "move": running.dimse.replace("dimse://", "dimses://")
            + f"&retrieve=move&listen={running.move_port}",
            "web": f"https://127.0.0.1:{port}/dicom-web",
        }


@pytest.mark.parametrize("name", ["dimse", "move", "web"])
def test_a_study_travels_within_tls(
    name: str, secure: dict[str, str], keys: Certificates, tmp_path: Path
) -> None:
    access = replace(ACCESS, ca=keys.ca, certificate=keys.certificate, key=keys.key)
    archive = open_archive(secure[name], access=access)
    made = study_files(tmp_path / "in", 2)
    assert archive.store(made).complete
    assert archive.fetch(STUDY, tmp_path / "out").complete
    for file, uid in zip(made, uids(made), strict=True):
        assert same(file, tmp_path / "out" / f"{uid}.dcm")


@pytest.mark.parametrize("name", ["dimse", "web"])
def test_a_stranger_is_not_spoken_to_within_tls(
    name: str, secure: dict[str, str]
) -> None:
    # The authority is ours alone, so the system does not trust it.
    with pytest.raises(ArchiveError, match="TLS fails") as error:
        open_archive(secure[name], access=ACCESS).echo()
    assert "certificate" in str(error.value)


@pytest.mark.parametrize("name", ["dimse", "web"])
def test_a_peer_that_wants_to_know_us_refuses_without_a_certificate(
    name: str, secure: dict[str, str], keys: Certificates
) -> None:
    nameless = replace(ACCESS, ca=keys.ca)
    with pytest.raises(ArchiveError):
        open_archive(secure[name], access=nameless).echo()


def test_without_tls_nothing_gets_through(secure: dict[str, str]) -> None:
    with pytest.raises(ArchiveError, match="without TLS"):
        open_archive(secure["dimse"].replace("dimses", "dimse"), access=ACCESS).echo()


@pytest.fixture
def second(tmp_path: Path) -> Iterator[int]:
    """DCMTK's own archive, a second opinion; its port."""
    needed("dcmqrscp")
    port = free_port()
    (tmp_path / "kept").mkdir()
    text = (
        f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 4\n"
        "HostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\nDCMTK {tmp_path / 'kept'} RW (9, 1024mb) ANY\nAETable END\n"
    )
    (tmp_path / "qr.cfg").write_text(text, encoding="ascii")
    command = ["dcmqrscp", "--config", str(tmp_path / "qr.cfg")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield port
    process.terminate()
    process.wait(10)


def test_another_maker_of_archives_agrees(second: int, tmp_path: Path) -> None:
    patient = replace(LIMITS, attempts=6, pause_s=0.1)
    archive = open_archive(
        f"dimse://DCMTK@127.0.0.1:{second}", access=Access(limits=patient)
    )
    made = study_files(tmp_path / "in", 3)
    assert archive.store(made).moved == tuple(uids(made))
    (found,) = archive.search(Terms(patient_id="P*"))
    assert found.study_uid == STUDY
    assert archive.fetch(STUDY, tmp_path / "out").complete
    for file, uid in zip(made, uids(made), strict=True):
        assert same(file, tmp_path / "out" / f"{uid}.dcm")

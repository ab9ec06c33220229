"""What holds of every transfer, whatever the network does."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_objects import STUDY, study_files, uids
from galactograph.archives.access import Access, Limits, Secret, access_from
from galactograph.archives.address import address_of
from galactograph.archives.folder import in_range
from galactograph.archives.multipart import Enclosed, boundary_of, first_part
from galactograph.archives.opening import open_archive
from galactograph.archives.shelf import CONFLICTS, Shelf, chunks_of
from galactograph.archives.trying import Away, Refused, again, carry
from galactograph.errors import ArchiveError, InvalidValue, NotFound

HASTY = Limits(attempts=3, pause_s=0, connect_s=1, reply_s=1)


def breaking(
    events: list[str], log: list[str]
) -> Callable[[], object]:  # sessions that break as the events say
    @contextmanager
    def session() -> Iterator[Callable[[str], None]]:
        def one(name: str) -> None:
            event = events.pop(0) if events else "fine"
            if event == "break":
                raise Away("gone")
            if event == "refuse":
                raise Refused("no")
            log.append(name)

        yield one

    return session


@given(
    st.sets(st.text("abc", min_size=1), max_size=8),
    st.lists(st.sampled_from(["fine", "break", "refuse"]), max_size=30),
)
def test_every_object_is_carried_once_or_said_to_have_failed(
    names: set[str], events: list[str]
) -> None:
    log: list[str] = []
    done, failed = carry(sorted(names), breaking(events, log), HASTY)  # type: ignore[arg-type]
    assert sorted([*done, *failed]) == sorted(names)
    assert sorted(log) == sorted(done)


@given(st.integers(1, 8), st.integers(0, 20))
def test_a_peer_that_breaks_after_every_object_does_not_stop_the_rest(
    count: int, breaks: int
) -> None:
    names = [str(i) for i in range(count)]
    events = ["fine", "break"] * breaks
    done, failed = carry(names, breaking(events, []), HASTY)  # type: ignore[arg-type]
    assert sorted(done) == sorted(names)
    assert failed == {}


def test_an_object_that_kills_the_peer_does_not_hold_up_the_others() -> None:
    @contextmanager
    def session() -> Iterator[Callable[[str], None]]:
        def one(name: str) -> None:
            if name == "poison":
                raise Away("the peer died")

        yield one

    done, failed = carry(["poison", "a", "b", "c"], session, HASTY)
    assert sorted(done) == ["a", "b", "c"]
    assert failed == {"poison": "the peer died"}


def test_a_peer_that_never_answers_is_asked_as_often_as_allowed() -> None:
    asked = []

    def ask() -> str:
        asked.append(1)
        raise Away("away")

    with pytest.raises(Away):
        again(ask, HASTY)
    assert len(asked) == HASTY.attempts


def test_pauses_double_up_to_the_longest() -> None:
    limits = Limits(pause_s=0.5, longest_pause_s=3)
    assert [limits.pause(failed) for failed in (1, 2, 3, 4)] == [0.5, 1, 2, 3]


def cut(message: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(message), *(place % len(message) for place in places)})
    return [message[a:b] for a, b in pairwise(edges)]


@given(st.binary(max_size=300), st.lists(st.integers(0, 10_000), max_size=12))
def test_a_part_is_the_same_however_the_network_cuts_it(
    body: bytes, places: list[int]
) -> None:
    message = b"\r\n--B0\r\nContent-Type: application/dicom\r\n\r\n" + body
    message += b"\r\n--B0--\r\n"
    if b"\r\n--B0" not in body:
        assert b"".join(first_part(cut(message, places), b"B0")) == body


@given(st.binary(max_size=100), st.integers(1, 200))
def test_a_part_that_ends_too_early_is_never_taken_for_whole(
    body: bytes, missing: int
) -> None:
    whole = b"--B0\r\n\r\n" + body + b"\r\n--B0"
    if b"\r\n--B0" not in body:
        with pytest.raises(Away, match="hung up"):
            list(first_part([whole[: max(0, len(whole) - missing)]], b"B0"))


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [
        ('multipart/related; type="application/dicom"; boundary="a b"', b"a b"),
        ("Multipart/Related; boundary=xyz; type=application/dicom", b"xyz"),
    ],
)
def test_the_boundary_is_found(kind: str, boundary: bytes) -> None:
    assert boundary_of(kind) == boundary


def test_an_answer_that_is_not_multipart_is_refused() -> None:
    with pytest.raises(Refused, match="text/html"):
        boundary_of("text/html; charset=utf-8")


@given(st.binary(max_size=500), st.integers(1, 64))
def test_what_is_enclosed_comes_out_again(body: bytes, size: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "body"
        path.write_bytes(body)
        message = Enclosed(path, "Q1")
        pieces = list(iter(lambda: message.read(size), b""))
        message.close()
    assert sum(map(len, pieces)) == len(message)
    if b"\r\n--Q1" not in body:
        assert b"".join(first_part(pieces, b"Q1")) == body


def test_an_object_that_stops_halfway_leaves_nothing(tmp_path: Path) -> None:
    (file,) = study_files(tmp_path / "in", 1)
    (uid,) = uids([file])

    def half() -> Iterator[bytes]:
        yield file.read_bytes()[:5000]
        raise Away("gone")

    shelf = Shelf(tmp_path / "out")
    with pytest.raises(Away):
        shelf.keep(uid, half())
    assert list(shelf.folder.iterdir()) == []
    assert shelf.keep(uid, chunks_of(file))
    assert shelf.place(uid).read_bytes() == file.read_bytes()


def test_the_same_object_is_kept_once_and_another_is_not_lost(tmp_path: Path) -> None:
    first, second = study_files(tmp_path / "in", 2)
    (uid,) = uids([first])
    shelf = Shelf(tmp_path / "out")
    assert shelf.keep(uid, chunks_of(first))
    assert not shelf.keep(uid, chunks_of(first))
    changed = bytearray(first.read_bytes())
    changed[-1] ^= 1
    with pytest.raises(Refused, match="other content"):
        shelf.keep(uid, [bytes(changed)])
    (beside,) = (shelf.folder / CONFLICTS).iterdir()
    assert beside.read_bytes() == changed
    assert shelf.place(uid).read_bytes() == first.read_bytes()
    with pytest.raises(Refused, match="in its place"):
        shelf.keep(uid, chunks_of(second))


@pytest.mark.parametrize("uid", ["../../etc/passwd", "", "1..2", "1" * 65, "1.2/3"])
def test_a_uid_that_is_none_never_names_a_file(uid: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="UID"):
        Shelf(tmp_path).place(uid)


def test_a_folder_that_cannot_be_written_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file,) = study_files(tmp_path / "in", 1)
    shelf = Shelf(tmp_path / "out")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ArchiveError, match=r"cannot be written \(No space left"):
        shelf.keep(uids([file])[0], chunks_of(file))
    assert list(shelf.folder.iterdir()) == []


def test_a_secret_is_never_shown_or_written_down() -> None:
    access = Access(user="u", password=Secret("hunter2"), token=Secret("hunter2"))
    assert "hunter2" not in f"{access} {access!r} {access.password} {access.token!r}"
    with pytest.raises(TypeError):
        pickle.dumps(access)


def test_the_environment_weighs_more_than_the_settings(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("from file\n", encoding="utf-8")
    table = {"user": "a", "password_file": str(tmp_path / "word"), "attempts": 7}
    access = access_from(table, {})
    assert access.password is not None
    assert access.password.reveal() == "from file"
    assert access.limits.attempts == 7
    there = {"GALACTOGRAPH_PACS_USER": "b", "GALACTOGRAPH_PACS_PASSWORD": "from env"}
    access = access_from(table, there)
    assert access.password is not None
    assert (access.user, access.password.reveal()) == ("b", "from env")
    named = access_from({"token_env": "MINE"}, {"MINE": "t"})
    assert named.token is not None
    assert named.token.reveal() == "t"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"passwort": "hunter2"}, "no setting 'passwort'"),
        ({"reply_s": "hunter2"}, "reply_s must be a number"),
        ({"reply_s": 0}, "reply_s must be > 0"),
        ({"attempts": 0}, "attempts must be >= 1"),
        ({"password_env": "ABSENT"}, "ABSENT, which is not set"),
        ({"password_file": "/absent"}, "cannot be read"),
    ],
)
def test_wrong_settings_are_told_without_their_secrets(
    table: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidValue, match=words) as error:
        access_from(table, {})
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "url", ["https://u:hunter2@h/", "dimse://A:hunter2@h:104", "https://hunter2@h/"]
)
def test_a_url_with_a_password_is_refused_unquoted(url: str) -> None:
    with pytest.raises(InvalidValue, match="GALACTOGRAPH_PACS_PASSWORD") as error:
        address_of(url)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("dimse://host:104", "title, host or port"),
        ("dimse://A@host", "title, host or port"),
        ("dimse://A@host:104?calling=SEVENTEEN-LETTERS", "1 to 16"),
        ("dimse://A@host:104?color=red", "no option 'color'"),
        ("dimse://A@host:104?retrieve=pull", "get or move"),
        ("dimse://A@host:99999", "cannot be taken apart"),
        ("https:///path", "https://host/path"),
    ],
)
def test_a_url_that_cannot_be_says_what_is_wrong(url: str, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        open_archive(url, access=Access())


def test_a_password_does_not_travel_readable() -> None:
    secret = Access(user="u", password=Secret("x"))
    with pytest.raises(InvalidValue, match="https"):
        open_archive("http://pacs.hospital/dicom-web", access=secret)


def test_an_unknown_kind_of_archive_is_answered_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="dimse://TITLE"):
        open_archive("gopher://host")


def test_an_archive_is_opened_by_its_name_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_files(tmp_path / "kept", 2)
    file = tmp_path / "config.toml"
    file.write_text(f'[archives.home]\nurl = "{tmp_path / "kept"}"\n', "utf-8")
    assert "folder" in open_archive("home", config=file).echo()
    monkeypatch.setenv("GALACTOGRAPH_CONFIG", str(file))
    assert "folder" in open_archive("home").echo()
    text = '[archives.home]\nurl = "dimse://A@h:1"\npassword = "hunter2"\n'
    file.write_text(text, "utf-8")
    file.chmod(0o644)
    with pytest.raises(InvalidValue, match="chmod 600") as error:
        open_archive("home")
    assert "hunter2" not in str(error.value)
    file.write_text('password = "hunter2\n', "utf-8")
    with pytest.raises(InvalidValue, match="not valid TOML") as error:
        open_archive("home")
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("date", "wanted", "inside"),
    [
        ("20260305", "", True),
        ("", "", True),
        ("20260305", "20260305", True),
        ("20260305", "20260301-20260305", True),
        ("20260305", "20260306-", False),
        ("20260305", "-20260305", True),
        ("", "20260306-", False),
    ],
)
def test_dates_match_as_dicom_says(date: str, wanted: str, inside: bool) -> None:  # noqa: FBT001
    assert in_range(date, wanted) is inside


def test_a_study_is_found_in_a_folder_and_leaves_it_whole(tmp_path: Path) -> None:
    from galactograph.values.archive import Terms

    files = study_files(tmp_path / "in", 3)
    archive = open_archive(str(tmp_path / "store"))
    receipt = archive.store([*files, Path(__file__)])
    assert receipt.moved == tuple(uids(files))
    assert "is not a DICOM file" in receipt.failures[0].reason
    (found,) = archive.search(Terms(patient_name="müller*", modality="MG"))
    assert (found.study_uid, found.objects) == (STUDY, 3)
    assert archive.search(Terms(patient_id="Q*")) == ()
    assert archive.fetch(STUDY, tmp_path / "out").complete
    for file, uid in zip(files, uids(files), strict=True):
        assert (tmp_path / "out" / f"{uid}.dcm").read_bytes() == file.read_bytes()
    with pytest.raises(NotFound):
        archive.fetch("2.25.1", tmp_path / "out")

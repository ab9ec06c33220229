"""What the listener does with what it has, step by step, under a clock of ours."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_objects import study_files
from galactograph.archives.folder import FolderArchive
from galactograph.archives.receiving import (
    ABSENT,
    EXISTS,
    NO_ROOM,
    NOT_UNDERSTOOD,
    OK,
    PROCESSING,
    TAKEN,
    Caller,
    Port,
)
from galactograph.archives.shelf import CONFLICTS
from galactograph.dicom.common import as_bytes
from galactograph.errors import ArchiveError, InvalidValue, NotFound, Unreadable
from galactograph.listening.backlog import backlog, retry
from galactograph.listening.crew import Outcome, Task, settle
from galactograph.listening.desk import is_picture
from galactograph.listening.service import Listener
from galactograph.listening.settings import Settings
from galactograph.listening.states import State
from galactograph.values.archive import Failure, Receipt
from galactograph.values.steps import Step, StepStatus

REPORT = "1.2.840.10008.5.1.4.1.1.88.33"
MODALITY = Caller(number=1, title="MAMMO")


class Inline:
    """Reads in this process, when it is asked what has ended."""

    def __init__(self, reader: Callable[[Path, datetime], dict[str, bytes]]) -> None:
        self.reader = reader
        self.tasks: list[Task] = []
        self.read: list[tuple[tuple[str, int], list[str]]] = []

    @property
    def has_room(self) -> bool:
        return len(self.tasks) < 2

    def give(self, task: Task) -> None:
        self.tasks.append(task)

    def outcomes(self) -> Iterator[Outcome]:
        while self.tasks:
            task = self.tasks.pop(0)
            self.read.append((task.key, sorted(p.stem for p in task.images.iterdir())))
            try:
                settle(self.reader(task.images, task.made), task.out)
            except Unreadable as trouble:
                yield Outcome(task=task, reason=str(trouble), final=True)
            except RuntimeError as trouble:
                yield Outcome(task=task, reason=str(trouble))
            else:
                yield Outcome(task=task)

    def stop(self) -> None:
        pass


class Place:
    """An archive that does as it is told."""

    def __init__(self) -> None:
        self.answer: Exception | Receipt = Receipt()
        self.asked: list[list[str]] = []

    def store(self, files: list[Path]) -> Receipt:
        self.asked.append([one.name for one in files])
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class House:
    """A listener in a folder, its clock, its archive and its reader."""

    folder: Path
    now: float = 1e9
    place: Place = field(default_factory=Place)
    trouble: Exception | None = None
    quiet_s: float = 60.0
    least_free_mb: float = 0.0

    def __post_init__(self) -> None:
        self.crew = Inline(self._read)
        self.listener = self.again()

    def _read(self, images: Path, made: datetime) -> dict[str, bytes]:
        del images
        if self.trouble:
            raise self.trouble
        return {"report.dcm": made.isoformat().encode()}

    def again(self) -> Listener:
        """Start anew on the same folder, as after a kill."""
        self.crew.tasks.clear()
        self.listener = Listener(
            Settings(
                folder=self.folder,
                send_to="",
                quiet_s=self.quiet_s,
                least_free_mb=self.least_free_mb,
                refusals=2,
            ),
            archive=lambda: self.place,  # type: ignore[arg-type,return-value]
            reader=self._read,
            clock=lambda: self.now,
        )
        self.listener.crew = self.crew  # type: ignore[assignment]
        self.listener.recover()
        return self.listener

    def send(self, *files: Path) -> list[int]:
        """Send files as a modality that then hangs up; return the statuses."""
        desk = self.listener.desk
        told = [desk.store(MODALITY, _uid(one), one.read_bytes())[0] for one in files]
        desk.left(MODALITY)
        return told

    def wait(self, seconds: float = 60.0) -> None:
        """Let time go by and do what is due then."""
        self.now += seconds
        self.listener.turn()  # closes, and begins readings
        self.listener.turn()  # hears how they ended
        self.listener.outbox.round()

    def states(self) -> list[State]:
        return [one.state for one in self.listener.ledger.readings()]


def _uid(path: Path) -> str:
    return str(pydicom.dcmread(path).file_meta.MediaStorageSOPInstanceUID)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "kept")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return study_files(tmp_path / "in", 3)


def test_a_study_is_read_when_it_has_been_quiet_and_its_results_are_sent(
    house: House, files: list[Path]
) -> None:
    assert house.send(*files) == [OK] * 3
    house.wait(59.0)
    assert house.states() == []
    house.wait(1.0)
    assert house.states() == [State.SENT]
    assert house.place.asked == [["report.dcm"]]
    assert [len(images) for _, images in house.crew.read] == [3]


def test_a_study_is_not_quiet_while_somebody_is_still_sending_it(
    house: House, files: list[Path]
) -> None:
    house.listener.desk.store(MODALITY, _uid(files[0]), files[0].read_bytes())
    house.wait(600.0)
    assert house.states() == []
    house.listener.desk.left(MODALITY)
    house.wait()
    assert house.states() == [State.SENT]


def test_a_late_image_has_the_whole_study_read_again_and_an_old_one_nothing(
    house: House, files: list[Path]
) -> None:
    house.send(*files[:2])
    house.wait()
    house.send(*files[:2])
    house.wait()
    assert len(house.crew.read) == 1
    house.send(files[2])
    house.wait()
    assert [len(images) for _, images in house.crew.read] == [2, 3]
    assert house.states() == [State.SENT, State.SENT]


def test_our_own_results_sent_back_by_the_archive_are_not_read(
    house: House, files: list[Path], tmp_path: Path
) -> None:
    house.send(*files)
    house.wait()
    report = pydicom.dcmread(files[0])
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = REPORT
    report.SOPInstanceUID = report.file_meta.MediaStorageSOPInstanceUID = "2.25.99"
    back = tmp_path / "back.dcm"
    back.write_bytes(as_bytes(report))
    assert house.send(back) == [OK]
    house.wait(1e6)
    assert len(house.crew.read) == 1


@pytest.mark.parametrize(
    ("tail", "picture"),
    [("1.2", True), ("1.2.1", True), ("13.1.3", True), ("1", True), ("7", True)]
    + [(tail, False) for tail in ("11.1", "88.33", "66.4", "104.1", "88.67", "481.1")],
)
def test_images_are_read_and_papers_are_not(
    tail: str,
    picture: bool,  # noqa: FBT001
) -> None:
    assert is_picture(f"1.2.840.10008.5.1.4.1.1.{tail}") is picture
    assert not is_picture(tail)


def test_other_content_under_the_same_uid_is_kept_aside_and_named(
    house: House, files: list[Path]
) -> None:
    house.send(files[0])
    other = pydicom.dcmread(files[0])
    other.PatientName = "SOMEBODY^ELSE"
    other.save_as(files[0])
    assert house.send(files[0]) == [TAKEN]
    told = backlog(house.folder)
    assert len(told.conflicts) == 1
    assert pydicom.dcmread(told.conflicts[0]).PatientName == "SOMEBODY^ELSE"
    assert CONFLICTS in told.conflicts[0]
    assert not told.well
    assert told.troubles[0].sender == "MAMMO"
    assert "other content" in told.troubles[0].reason
    house.wait()
    # What came first is what is read.
    assert house.states() == [State.SENT]


def test_a_corrupt_object_is_refused_and_named_and_leaves_no_half(
    house: House, files: list[Path]
) -> None:
    content = files[0].read_bytes()
    status, words = house.listener.desk.store(MODALITY, _uid(files[0]), content[:400])
    assert status == NOT_UNDERSTOOD
    assert "damaged" in words
    assert [p for p in (house.folder / "objects").iterdir() if p.is_file()] == []
    assert backlog(house.folder).troubles[0].uid == _uid(files[0])
    assert house.send(*files) == [OK] * 3


@pytest.mark.parametrize("how", ["fsync", "room"])
def test_a_full_disk_is_told_to_the_sender_who_then_keeps_the_object(
    how: str, house: House, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        if how == "fsync":

            def full(_: int) -> None:
                raise OSError(28, "No space left on device")

            patch.setattr("os.fsync", full)
        else:
            house.least_free_mb = 1e12
            house.again()
        assert house.send(files[0]) == [NO_ROOM]
    assert list((house.folder / "objects").glob("*")) == []
    house.least_free_mb = 0.0
    house.again()
    assert house.send(*files) == [OK] * 3


def test_while_the_disk_is_full_nothing_is_read_and_nothing_set_aside(
    house: House, files: list[Path]
) -> None:
    house.send(*files)
    house.least_free_mb = 1e12
    house.again()
    house.wait(1e6)
    assert house.states() == [State.DUE]
    house.least_free_mb = 0.0
    house.again()
    house.wait()
    assert house.states() == [State.SENT]


def test_an_end_that_could_not_be_written_down_is_found_out(
    house: House, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    house.send(*files)
    house.now += 60
    house.listener.turn()

    def full(*_: object, **__: object) -> None:
        raise ArchiveError("the ledger cannot be written: disk full")

    with monkeypatch.context() as patch:
        patch.setattr(house.listener.ledger, "move", full)
        with pytest.raises(ArchiveError):
            house.listener.turn()
    assert house.states() == [State.READING]
    house.wait(0)
    house.wait(0)
    assert house.states() == [State.SENT]
    assert len(house.crew.read) == 1


def test_a_study_that_cannot_be_read_is_set_aside_with_the_reason_at_once(
    house: House, files: list[Path]
) -> None:
    house.trouble = Unreadable("images: holds no galactogram")
    house.send(*files)
    house.wait()
    assert house.states() == [State.ASIDE]
    (one,) = backlog(house.folder).waiting
    assert one.reason == "images: holds no galactogram"


def test_a_study_that_breaks_the_reader_is_tried_with_pauses_and_then_set_aside(
    house: House, files: list[Path], tmp_path: Path
) -> None:
    house.trouble = RuntimeError("segmentation fault")
    house.send(*files)
    house.wait()
    house.wait(1.0)
    assert len(house.crew.read) == 1  # the pause is 5 s
    house.wait(5.0)
    house.wait(10.0)
    assert (len(house.crew.read), house.states()) == (3, [State.ASIDE])
    # The others go on.
    house.trouble = None
    house.send(*study_files(tmp_path / "other", 1, study="2.25.5"))
    house.wait()
    assert sorted(house.states()) == [State.SENT, State.ASIDE]
    assert not backlog(house.folder).well
    # And so does this one, when somebody says so.
    with pytest.raises(NotFound, match=r"study 2\.25\.5 was not set aside"):
        retry(house.folder, ["2.25.5"])
    assert retry(house.folder, clock=lambda: house.now) == ["2.25.4711"]
    house.wait(0)
    assert house.states() == [State.SENT, State.SENT]
    assert backlog(house.folder).well


def test_an_archive_that_is_away_is_asked_for_ever_with_longer_pauses(
    house: House, files: list[Path], tmp_path: Path
) -> None:
    house.place.answer = ArchiveError("PACS is away")
    house.send(*files)
    house.send(*study_files(tmp_path / "other", 1, study="2.25.5"))
    for _ in range(50):
        house.wait(60.0)
    assert house.states() == [State.READ, State.READ]
    assert 5 < len(house.place.asked) < 20  # one knock for all, up to 600 s apart
    assert "PACS is away" in {one.reason for one in backlog(house.folder).waiting}
    house.place.answer = Receipt()
    house.wait(600.0)
    assert house.states() == [State.SENT, State.SENT]


def test_results_that_the_archive_refuses_are_set_aside_with_its_reason(
    house: House, files: list[Path]
) -> None:
    refused = Failure(name="report.dcm", reason="does not take Comprehensive SR")
    house.place.answer = Receipt(failures=(refused,))
    house.send(*files)
    house.wait()
    assert house.states() == [State.READ]
    house.wait()
    assert house.states() == [State.UNSENT]
    assert "1 of 1 results were not taken" in backlog(house.folder).waiting[0].reason
    house.place.answer = Receipt()
    retry(house.folder, clock=lambda: house.now)
    house.wait(0)
    assert house.states() == [State.SENT]
    assert len(house.crew.read) == 1  # what was read is not read again


def test_a_clock_that_is_set_back_delays_a_study_and_does_not_lose_it(
    house: House, files: list[Path]
) -> None:
    house.send(*files)
    house.now -= 1e6
    house.wait(0)
    assert house.states() == []
    house.wait()
    assert house.states() == [State.SENT]


def test_the_clock_of_the_modality_is_never_asked(
    house: House, files: list[Path]
) -> None:
    for path in files:
        one = pydicom.dcmread(path)
        one.StudyDate = one.ContentDate = "29991231"
        one.save_as(path)
    house.send(*files)
    house.wait()
    assert house.states() == [State.SENT]


def test_an_object_that_was_kept_and_not_written_down_is_found(
    house: House, files: list[Path]
) -> None:
    # Killed between the two.
    house.listener.desk.shelf.keep(_uid(files[0]), [files[0].read_bytes()])
    house.wait()
    assert house.states() == []
    house.again()
    house.wait()
    assert house.states() == [State.SENT]


def test_results_that_were_ready_and_not_written_down_are_not_made_twice(
    house: House, files: list[Path]
) -> None:
    house.send(*files)
    house.now += 60
    house.listener.turn()
    (task,) = house.crew.tasks
    settle({"report.dcm": b"of the first reading"}, task.out)
    house.again()
    house.wait(0)
    assert house.crew.read == []
    assert house.states() == [State.SENT]


def test_results_that_somebody_took_away_are_made_again(
    house: House, files: list[Path]
) -> None:
    house.place.answer = ArchiveError("PACS is away")
    house.send(*files)
    house.wait()
    shutil.rmtree(house.folder / "results")
    house.place.answer = Receipt()
    house.wait(600.0)
    assert house.states() == [State.DUE]
    house.wait(600.0)
    assert house.states() == [State.SENT]
    assert len(house.crew.read) == 2


def test_a_study_during_which_the_listener_ends_again_and_again_is_set_aside(
    house: House, files: list[Path]
) -> None:
    house.send(*files)
    house.now += 60
    for _ in range(house.listener.settings.starts):
        house.listener.turn()
        house.again()
    assert house.states() == [State.ASIDE]
    assert "being read 20 times" in backlog(house.folder).waiting[0].reason


def test_after_a_restart_a_study_gets_its_quiet_time_anew(
    house: House, files: list[Path]
) -> None:
    house.send(files[0])
    house.now += 1000  # nobody listened, nothing could come
    house.again()
    house.wait(1.0)
    house.send(*files[1:])
    house.wait()
    assert [len(images) for _, images in house.crew.read] == [3]


def _step(status: StepStatus, *objects: str) -> Step:
    return Step(status=status, studies=("2.25.4711",), objects=objects)


def test_a_step_in_progress_holds_its_study_and_its_end_lets_it_go_at_once(
    house: House, files: list[Path]
) -> None:
    desk = house.listener.desk
    begun = _step(StepStatus.IN_PROGRESS)
    assert desk.step(MODALITY, "2.25.8", begun, new=True) == OK
    house.send(*files[:2])
    house.wait(1800.0)  # a cannula takes its time
    assert house.states() == []
    # The end does not name the study again.
    over = Step(status=StepStatus.COMPLETED, objects=tuple(map(_uid, files)))
    assert desk.step(MODALITY, "2.25.8", over, new=False) == OK
    house.wait(1.0)
    assert house.states() == []  # one image is still missing
    house.send(files[2])
    house.wait(0)
    assert house.states() == [State.SENT]


def test_a_step_that_nobody_ends_does_not_hold_a_study_for_ever(
    house: House, files: list[Path]
) -> None:
    begun = _step(StepStatus.IN_PROGRESS)
    house.listener.desk.step(MODALITY, "2.25.8", begun, new=True)
    house.send(*files)
    house.wait(3600.0)
    assert house.states() == [State.SENT]


def test_a_step_begins_once_and_ends_once(house: House) -> None:
    desk = house.listener.desk
    begun, over = _step(StepStatus.IN_PROGRESS), _step(StepStatus.DISCONTINUED)
    assert desk.step(MODALITY, "2.25.8", over, new=True) == PROCESSING
    assert desk.step(MODALITY, "2.25.8", over, new=False) == ABSENT
    assert desk.step(MODALITY, "2.25.8", begun, new=True) == OK
    assert desk.step(MODALITY, "2.25.8", begun, new=True) == EXISTS
    assert desk.step(MODALITY, "2.25.8", over, new=False) == OK
    assert desk.step(MODALITY, "2.25.8", begun, new=False) == PROCESSING


def test_two_listeners_do_not_keep_one_folder(house: House) -> None:
    over = threading.Event()
    over.set()
    port = Port(title="A", number=1)
    with (
        house.listener._alone(),
        pytest.raises(ArchiveError, match="another listener keeps"),
    ):
        house.again().run(port, over)


def test_what_cannot_be_set_is_refused() -> None:
    for name, value in (("workers", 0), ("quiet_s", -1.0)):
        with pytest.raises(InvalidValue, match=name):
            Settings(folder=Path(), send_to="", **{name: value})  # type: ignore[arg-type]


def test_a_folder_that_no_listener_kept_has_no_backlog(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no listener has kept"):
        backlog(tmp_path)


def test_a_result_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    settle({"a": b"1", "b": b"2"}, tmp_path / "7" / "1")
    settle({"a": b"later"}, tmp_path / "7" / "1")
    assert (tmp_path / "7" / "1" / "a").read_bytes() == b"1"
    with pytest.raises(Unreadable, match="gave no result"):
        settle({}, tmp_path / "7" / "2")
    assert [one.name for one in (tmp_path / "7").iterdir()] == ["1"]


_ROUND = itertools.count()


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return study_files(tmp_path_factory.mktemp("pool"), 4)


@given(events=st.lists(st.sampled_from([0, 1, 2, 3, "quiet", "kill"]), max_size=12))
@settings(deadline=None, max_examples=25)
def test_whatever_comes_each_image_is_read_and_no_set_of_images_twice(
    events: list[int | str], pool: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    house = House(tmp_path_factory.mktemp("law") / f"{next(_ROUND)}")
    sent = set()
    for event in events:
        if event == "quiet":
            house.wait()
        elif event == "kill":
            house.listener.turn()
            house.again()
        elif isinstance(event, int):
            assert house.send(pool[event]) == [OK]
            sent.add(_uid(pool[event]))
    house.wait()
    house.wait()
    sets = [tuple(images) for _, images in house.crew.read]
    assert len(set(sets)) == len(sets)
    assert set(itertools.chain(*sets)) == sent
    assert set(house.states()) <= {State.SENT, State.SUPERSEDED}
    if sent:
        assert set(sets[-1]) == sent


def test_a_folder_is_an_archive_for_results_too(
    house: House, files: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "archive").mkdir()
    archive = FolderArchive(tmp_path / "archive")
    report = files[2].read_bytes()
    house.listener.outbox.archive = lambda: archive
    house.crew.reader = lambda *_: {"report.dcm": report}
    house.send(*files[:2])
    house.wait()
    assert house.states() == [State.SENT]
    assert len(list((tmp_path / "archive").rglob("*.dcm"))) == 1

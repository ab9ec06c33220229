"""Measure the listener: studies sent at once by two senders, the process killed.

    python -m benchmarks.bench_listen                       200 studies, 10 kills
    python -m benchmarks.bench_listen --kills 0             how fast it is
    python -m benchmarks.bench_listen --real                one study by the real reader

The reader of the first is a stand-in that takes a few milliseconds, so that it is the
listener that is measured. Each call of it gives its result a new name: were a study
read to the end twice, two results would arrive.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pynetdicom import AE, evt

from galactograph.archives import open_archive
from galactograph.archives.access import Access, Limits
from galactograph.archives.receiving import Port
from galactograph.errors import ArchiveError
from galactograph.listening.service import Listener
from galactograph.listening.settings import Settings

ROOT = Path(__file__).parents[1]
REPORT = "1.2.840.10008.5.1.4.1.1.88.11"
MAMMOGRAM = "1.2.840.10008.5.1.4.1.1.1.2.1"
EXPLICIT = "1.2.840.10008.1.2.1"
IMAGES = 2
"""Images of one study."""
READING_S = 0.02
"""What the stand-in takes: time in which to be killed."""
QUIET_S = 1.5
LONGEST_S = 600.0
HASTY = Access(limits=Limits(attempts=2, pause_s=0.05, connect_s=5, reply_s=20))

Figures = dict[str, Any]


def stand_in(images: Path, made: datetime) -> dict[str, bytes]:
    """Return a report that counts the images; each call gives it another name."""
    objects = [dcmread(one, stop_before_pixels=True) for one in images.iterdir()]
    time.sleep(READING_S)
    report = _object(objects[0].StudyInstanceUID, REPORT, f"2.25.{uuid4().int}")
    report.InstanceNumber = len(objects)
    report.ContentDate = made.strftime("%Y%m%d")
    path = images.with_suffix(".report")
    report.save_as(path, enforce_file_format=True)
    return {"report.dcm": path.read_bytes()}


def serve(folder: Path, port: int, archive: str, quiet_s: float) -> None:
    """Run a listener with the stand-in until it is asked to end."""
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    settings = Settings(
        folder=folder,
        send_to=archive,
        quiet_s=quiet_s,
        pause_s=0.1,
        least_free_mb=1,
        grace_s=5,
        workers=2,
    )
    listener = Listener(
        settings,
        archive=lambda: open_archive(archive, access=HASTY),
        reader=stand_in,
    )
    listener.run(Port(title="LISTENER", number=port, access=HASTY), over)


class Destination:
    """An archive in this process that writes down what it gets."""

    def __init__(self) -> None:
        self.results: dict[str, dict[str, int]] = {}
        self.stored = 0
        self.last = 0.0

    def take(self, event: Any) -> int:  # noqa: ANN401
        """Take one result (C-STORE)."""
        one = event.dataset
        self.stored += 1
        self.last = time.monotonic()
        study = self.results.setdefault(str(one.StudyInstanceUID), {})
        study[str(one.SOPInstanceUID)] = int(one.InstanceNumber)
        return 0

    @contextmanager
    def open(self) -> Iterator[str]:
        """Listen while the block lasts; yields the URL."""
        entity = AE(ae_title="PACS")
        entity.add_supported_context(REPORT)
        entity.maximum_associations = 20
        port = free_port()
        handlers = [(evt.EVT_C_STORE, self.take)]
        server = entity.start_server(
            ("127.0.0.1", port), block=False, evt_handlers=handlers
        )
        try:
            yield f"dimse://PACS@127.0.0.1:{port}"
        finally:
            server.shutdown()


class Sender(threading.Thread):
    """A modality: sends its studies until each object was taken."""

    def __init__(self, url: str, files: list[Path]) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.left = files
        self.sent = 0

    def run(self) -> None:
        """Send, however often the listener goes away."""
        archive = open_archive(self.url, access=HASTY)
        while self.left:
            # A few at a time: a modality sends while it takes pictures.
            batch = self.left[: 4 * IMAGES]
            try:
                receipt = archive.store(batch)
            except ArchiveError:
                time.sleep(0.05)
                continue
            failed = {one.name for one in receipt.failures}
            again = [one for one in batch if str(one) in failed]
            self.sent += len(batch) - len(again)
            self.left = again + self.left[len(batch) :]


def ordeal(
    studies: int, kills: int, *, seed: int = 1, quiet_s: float = QUIET_S
) -> Figures:
    """Send studies by two senders, kill the listener, and say what arrived."""
    chance = random.Random(seed)  # noqa: S311  to kill by, not to keep secrets
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    # Objects sent and results that came, together, at which the listener is killed.
    marks = sorted(chance.sample(range(studies * (IMAGES + 1) - 1), kills))
    with tempfile.TemporaryDirectory(prefix="galactograph-") as made:
        folder = Path(made)
        uids = [f"2.25.{uuid4().int}" for _ in range(studies)]
        files = [one for uid in uids for one in _study(folder / "in", uid)]
        half = studies // 2 * IMAGES
        port, place = free_port(), Destination()
        url = f"dimse://LISTENER@127.0.0.1:{port}"
        with place.open() as archive:
            senders = [Sender(url, files[:half]), Sender(url, files[half:])]
            command = [str(folder / "kept"), str(port), archive, str(quiet_s)]
            begun = time.monotonic()
            process = _start(command)
            for sender in senders:
                sender.start()
            try:
                killed = 0
                while len(place.results) < studies and _time_left(begun):
                    progress = sum(s.sent for s in senders) + len(place.results)
                    if killed < kills and progress >= marks[killed]:
                        time.sleep(chance.uniform(0, 0.3))
                        process.kill()
                        process.wait()
                        killed += 1
                        process = _start(command)
                    time.sleep(0.02)
                spent = place.last - begun
                time.sleep(quiet_s + 1.0)  # would a second result come?
            finally:
                process.send_signal(signal.SIGTERM)
                ended = process.wait(60)
            whole = [set(place.results.get(uid, {}).values()) for uid in uids]
        counts = [len(place.results.get(uid, {})) for uid in uids]
        return {
            "studies": studies,
            "images": len(files),
            "kills": killed,
            "results": sum(counts),
            "lost": counts.count(0),
            "twice": sum(many > 1 for many in counts),
            "of all images": sum(one == {IMAGES} for one in whole),
            "sent again": place.stored - sum(counts),
            "seconds": round(spent, 1),
            "studies a second": round(studies / spent, 1),
            "ended with": ended,
            "user ms a study": round(1000 * _spent(before) / studies, 1),
        }


def real() -> Figures:
    """Measure one study of two full-size views by the real reader."""
    from galactograph.examples import papilloma_study, write_study
    from galactograph.listening.reader import read_study

    with tempfile.TemporaryDirectory(prefix="galactograph-") as made:
        folder = Path(made)
        write_study(papilloma_study(), folder / "study")
        images = folder / "images"
        images.mkdir()
        for path in (folder / "study").rglob("*.dcm"):
            (images / path.name).hardlink_to(path)
        taken = []
        for _ in range(2):  # the first compiles, or loads what was compiled
            begun = time.process_time()
            files = read_study(images, datetime.now().astimezone())
            taken.append(round(time.process_time() - begun, 1))
        return {
            "images": len(list(images.iterdir())),
            "first, s": taken[0],
            "later, s": taken[1],
            "results": {name: len(content) for name, content in files.items()},
        }


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "benchmarks.bench_listen", "--serve", *command]
    return subprocess.Popen(words, cwd=ROOT, env=os.environ)


def _spent(before: float) -> float:
    """Return user time of the listeners and their processes since then, s."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def _time_left(begun: float) -> bool:
    return time.monotonic() - begun < LONGEST_S


def _study(folder: Path, study: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number in range(IMAGES):
        one = _object(study, MAMMOGRAM, f"2.25.{uuid4().int}")
        one.InstanceNumber = number
        path = folder / f"{one.SOPInstanceUID}.dcm"
        one.save_as(path, enforce_file_format=True)
        files.append(path)
    return files


def _object(study: str, kind: str, uid: str) -> Dataset:
    one = Dataset()
    one.SOPClassUID, one.SOPInstanceUID = kind, uid
    one.StudyInstanceUID, one.SeriesInstanceUID = study, f"{study[:60]}.1"
    one.PatientID, one.StudyDate, one.Modality = "BENCH", "20200101", "MG"
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = EXPLICIT
    one.file_meta.MediaStorageSOPClassUID = kind
    one.file_meta.MediaStorageSOPInstanceUID = uid
    return one


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--quiet-s", type=float, default=QUIET_S)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--serve", nargs=4, metavar="WORD")
    given = parser.parse_args()
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
    if given.serve:
        folder, port, archive, quiet_s = given.serve
        serve(Path(folder), int(port), archive, float(quiet_s))
    elif given.real:
        print(json.dumps(real(), indent=2))
    else:
        told = ordeal(given.studies, given.kills, quiet_s=given.quiet_s)
        print(json.dumps(told))


if __name__ == "__main__":
    main()

"""The command as a hospital runs it: a study in, its results in the archive."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest

from archive_orthanc import free_port
from galactograph.archives import open_archive
from galactograph.archives.access import Access, Limits
from galactograph.examples import little_study, write_study
from galactograph.listening.backlog import backlog

# pynetdicom leaves a socket that never connected to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <(ssl|socket):ResourceWarning")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect such sockets within the test, which lets the warning pass."""
    yield
    gc.collect()


PATIENT = Access(limits=Limits(attempts=60, pause_s=0.5, longest_pause_s=0.5))


@pytest.mark.slow
def test_a_study_that_is_sent_comes_back_as_results_in_the_archive(
    tmp_path: Path,
) -> None:
    files = [
        path
        for path in write_study(little_study(3), tmp_path / "study")
        if path.suffix == ".dcm"
    ]
    archive, kept, port = tmp_path / "archive", tmp_path / "kept", free_port()
    archive.mkdir()
    command = [sys.executable, "-m", "galactograph.cli", "listen", str(kept)]
    command += ["--to", str(archive), "--port", str(port), "--quiet-s", "1"]
    process = subprocess.Popen(command)
    try:
        url = f"dimse://GALACTOGRAPH@127.0.0.1:{port}"
        assert open_archive(url, access=PATIENT).store(files).complete
        end = time.monotonic() + 120
        while not (counts := backlog(kept).counts)["sent"]:
            assert time.monotonic() < end, counts
            assert not counts["set aside"], backlog(kept).waiting
            time.sleep(0.2)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    results = [pydicom.dcmread(one) for one in archive.rglob("*.dcm")]
    image = pydicom.dcmread(files[0])
    assert {"SR", "SEG", "DOC"} <= {one.Modality for one in results}
    assert {one.StudyInstanceUID for one in results} == {image.StudyInstanceUID}

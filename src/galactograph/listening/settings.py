"""How a listener keeps house: where, for how long, how often."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from galactograph.errors import InvalidValue


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a listener waits, reads and sends.

    Attributes
    ----------
    folder
        What the listener keeps: the images, the results, and what became of each.
    send_to
        URL of the archive that gets the results, or its name in the settings.
    quiet_s
        A study is complete when nothing more came for so long. (assumed: a technologist
        has the next view within minutes)
    hold_s
        The same while a procedure step of the study is in progress. (assumed: nobody
        keeps a cannula in a duct for an hour)
    workers
        Studies that are read at once, each in a process of its own.
    longest_s
        Time for one reading; then its process is ended. (assumed)
    tries
        Readings of a study that may fail before it is set aside. (assumed)
    starts
        Readings of a study that may be cut short, because the listener itself ended,
        before it is set aside. (assumed: more than a machine restarts in a day)
    refusals
        Sendings of a result that the archive may refuse before it is set aside. An
        archive that is away is asked for ever. (assumed)
    pause_s, longest_pause_s
        Wait after a failure; doubled after each further one, up to the longest.
        (assumed)
    least_free_mb
        Room on the disk below which nothing more is taken or read. (assumed: some
        studies and their results)
    grace_s
        How long readings under way may finish when the listener is asked to end.
        (assumed: less than the 90 s after which services are killed)
    """

    folder: Path
    send_to: str
    quiet_s: float = 300.0
    hold_s: float = 3600.0
    workers: int = 1
    longest_s: float = 1800.0
    tries: int = 3
    starts: int = 20
    refusals: int = 8
    pause_s: float = 5.0
    longest_pause_s: float = 600.0
    least_free_mb: float = 500.0
    grace_s: float = 30.0

    def __post_init__(self) -> None:
        for name in ("workers", "tries", "starts", "refusals"):
            if getattr(self, name) < 1:
                raise InvalidValue(f"{name} must be >= 1, got {getattr(self, name)}")
        for name in ("quiet_s", "hold_s", "pause_s", "least_free_mb", "grace_s"):
            if not getattr(self, name) >= 0:
                raise InvalidValue(f"{name} must be >= 0, got {getattr(self, name)}")

    def pause(self, failed: int) -> float:
        """Return how long to wait after `failed` tries, s."""
        doubled = self.pause_s * 2 ** min(failed - 1, 30)
        return float(min(self.longest_pause_s, doubled))

    def has_room(self, size: int = 0) -> bool:
        """Tell whether the disk has room for so many bytes, and to spare."""
        free = shutil.disk_usage(self.folder).free
        return free >= self.least_free_mb * 1e6 + size

    @property
    def objects(self) -> Path:
        """Where images lie, each named by its UID."""
        return self.folder / "objects"

    @property
    def ledger(self) -> Path:
        """Where it is written what became of each study."""
        return self.folder / "ledger.sqlite"

    def read_from(self, study: str, edition: int) -> Path:
        """Return the folder that shows one edition of a study to the reader."""
        return self.folder / "work" / f"{study}.{edition}"

    def results(self, study: str, edition: int) -> Path:
        """Return where the results of one edition lie; there only when complete."""
        return self.folder / "results" / study / str(edition)

"""Take what comes in: onto the disk first, then into the ledger, then say so."""

from __future__ import annotations

import threading
from collections.abc import Callable

from galactograph.archives.receiving import (
    ABSENT,
    EXISTS,
    NO_ROOM,
    NOT_UNDERSTOOD,
    OK,
    PROCESSING,
    TAKEN,
    Caller,
)
from galactograph.archives.shelf import Conflict, Shelf
from galactograph.archives.trying import Refused
from galactograph.dicom.identity import identity_of
from galactograph.dicom.services import Commitment
from galactograph.errors import ArchiveError, DicomError
from galactograph.listening import promises
from galactograph.listening.ledger import Ledger
from galactograph.listening.settings import Settings
from galactograph.values.steps import Step, StepStatus

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_PICTURES = ("1", "1.", "2", "2.", "4", "4.", "6.", "7", "7.", "12.", "13.", "77.")
"""Beginnings of the classes that are images (PS3.4 B.5); reports, masks and drawings
are kept but never read, our own that a PACS sends back among them."""


def is_picture(kind: str) -> bool:
    """Tell whether a class of objects is one of images, which are read."""
    tail = kind.removeprefix(_STORAGE)
    return tail != kind and any(
        tail.startswith(one) if one.endswith(".") else tail == one for one in _PICTURES
    )


class ListenerDesk:
    """Where callers are attended to; called from the thread of each.

    Parameters
    ----------
    clock
        Seconds since 1970, by the clock of this machine; those of modalities are never
        asked.
    wake
        Called when something has come.
    """

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        clock: Callable[[], float],
        wake: Callable[[], None],
    ) -> None:
        self.settings = settings
        self.ledger = ledger
        self.clock = clock
        self.wake = wake
        self.shelf = Shelf(settings.objects)
        self._lock = threading.Lock()
        self._under_way: dict[int, str] = {}

    def store(self, caller: Caller, uid: str, content: bytes) -> tuple[int, str]:
        """Keep an object; say so only when it is safe on the disk."""
        try:
            if not self.settings.has_room(len(content)):
                return NO_ROOM, "the disk is full"
            new = self.shelf.keep(uid, [content])
            study, picture = self.enter(uid)
        except Conflict as trouble:
            return self._refused(caller, uid, TAKEN, str(trouble))
        except (Refused, DicomError) as trouble:
            return self._refused(caller, uid, NOT_UNDERSTOOD, str(trouble))
        except ArchiveError as trouble:
            return NO_ROOM, str(trouble)
        with self._lock:
            if picture:
                self._under_way[caller.number] = study
        if new:
            self.wake()
        return OK, ""

    def enter(self, uid: str) -> tuple[str, bool]:
        """Write down an object of the shelf; return its study, and if it is read."""
        one = identity_of(self.shelf.place(uid))
        picture = is_picture(one.sop_class)
        self.ledger.came(uid, one.study, one.sop_class, self.clock(), picture=picture)
        return one.study, picture

    def adopt(self) -> int:
        """Write down what lies on the shelf and not in the ledger; return how many.

        A listener that was killed between the two leaves such an object.
        """
        lying = {one.stem for one in self.settings.objects.glob("*.dcm")}
        strays = sorted(lying - self.ledger.known())
        for uid in strays:
            self.enter(uid)
        return len(strays)

    def commit(self, caller: Caller, asked: Commitment) -> tuple[int, str]:
        """Promise an answer about objects that shall be kept."""
        try:
            promises.promise(self.ledger, caller.title, asked, self.clock())
        except ArchiveError as trouble:
            return PROCESSING, str(trouble)
        self.wake()
        return OK, ""

    def step(self, caller: Caller, uid: str, told: Step, *, new: bool) -> int:
        """Write down what is told of a step; one that is over does not change."""
        del caller
        try:
            before = promises.step_status(self.ledger, uid)
            if new and before is not None:
                return EXISTS
            if not new and before is None:
                return ABSENT
            # A step begins in progress, and one that is over stays so (PS3.4 F.7.2).
            if StepStatus.IN_PROGRESS not in ((told.status,) if new else (before,)):
                return PROCESSING
            promises.keep_step(self.ledger, uid, told, self.clock())
        except ArchiveError:
            return PROCESSING
        self.wake()
        return OK

    def left(self, caller: Caller) -> None:
        """Let the study wait from now on that a caller was sending."""
        with self._lock:
            study = self._under_way.pop(caller.number, None)
        if study is not None:
            try:
                self.ledger.touch(study, self.clock())
            except ArchiveError:
                return  # it waits from its last object on, then
            self.wake()

    def is_sending(self, study: str) -> bool:
        """Tell whether somebody who is still there sent to this study last."""
        with self._lock:
            return study in self._under_way.values()

    def _refused(
        self, caller: Caller, uid: str, code: int, why: str
    ) -> tuple[int, str]:
        try:
            self.ledger.trouble(self.clock(), caller.title, uid, why)
        except ArchiveError:
            return NO_ROOM, why
        return code, why

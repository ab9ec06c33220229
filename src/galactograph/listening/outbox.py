"""Send what was read, and answer what was promised, until the others have it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from galactograph.archives.commitment import tell
from galactograph.archives.peer import Peer
from galactograph.errors import ArchiveError, GalactographError
from galactograph.listening import promises
from galactograph.listening.ledger import Ledger
from galactograph.listening.settings import Settings
from galactograph.listening.states import Reading, State
from galactograph.plugins import Archive

_IDLE_S = 0.5


class Outbox:
    """What leaves the house.

    Parameters
    ----------
    archive
        Opens the archive that gets the results.
    peers
        Where those are who ask for storage commitment, by title.
    """

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        clock: Callable[[], float],
        archive: Callable[[], Archive],
        peers: Mapping[str, Peer],
    ) -> None:
        self.settings = settings
        self.ledger = ledger
        self.clock = clock
        self.archive = archive
        self.peers = peers
        self.wake = threading.Event()
        self._away = 0
        self._not_before = 0.0
        self._over = threading.Event()

    def run(self) -> None:
        """Send until it is over; then finish what is under way."""
        while not self._over.is_set():
            self.wake.wait(_IDLE_S)
            self.wake.clear()
            try:
                self.round()
            except OSError:
                # The ledger cannot be written, the disk is full: nothing is lost, as
                # what
                # was sent is sent again under the same names.
                self._over.wait(self.settings.pause_s)

    def stop(self) -> None:
        """Have `run` end."""
        self._over.set()
        self.wake.set()

    def round(self) -> None:
        """Send all that may be sent now."""
        for one in self.ledger.readings(State.READ, due=self.clock()):
            if self._over.is_set() or self.clock() < self._not_before:
                break
            self._send(one)
        for owed in promises.promises(self.ledger, self.clock()):
            if self._over.is_set():
                break
            self._tell(owed)

    def _send(self, one: Reading) -> None:
        now = self.clock
        folder = self.settings.results(one.study, one.edition)
        if not folder.exists():
            # Somebody took the results away: the images are read anew.
            self.ledger.move(one, State.DUE, now())
            return
        files = sorted(folder.iterdir())
        try:
            receipt = self.archive().store(files)
        except GalactographError as trouble:
            # An archive that is away is so for all; it does not count against one.
            self._away += 1
            pause_s = self.settings.pause(self._away)
            self._not_before = now() + pause_s
            self.ledger.move(
                one,
                State.READ,
                now(),
                due=self._not_before,
                failed=one.failed,
                reason=str(trouble),
            )
            return
        self._away = 0
        if receipt.complete:
            self.ledger.move(one, State.SENT, now())
            return
        failed = one.failed + 1
        first = receipt.failures[0]
        over = failed >= self.settings.refusals
        self.ledger.move(
            one,
            State.UNSENT if over else State.READ,
            now(),
            due=now() + self.settings.pause(failed),
            failed=failed,
            reason=f"{len(receipt.failures)} of {len(files)} results were not taken: "
            f"{first.reason}",
        )

    def _tell(self, owed: promises.Promise) -> None:
        held = {
            uid
            for uid, kind in owed.asked.objects.items()
            if self.ledger.rows(
                "SELECT 1 FROM objects WHERE uid = ? AND kind = ?", uid, kind
            )
            and (self.settings.objects / f"{uid}.dcm").exists()
        }
        due = self.clock() + self.settings.pause(owed.failed + 1)
        peer = self.peers.get(owed.title)
        if peer is None:
            why = f"nobody said where it is: --peer {owed.title}@host:port"
            promises.put_off(self.ledger, owed, due, why)
            return
        try:
            tell(peer, owed.asked, held)
        except ArchiveError as trouble:
            promises.put_off(self.ledger, owed, due, str(trouble))
            return
        promises.kept(self.ledger, owed)

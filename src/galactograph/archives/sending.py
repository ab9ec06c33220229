"""Send files to a peer (C-STORE)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pynetdicom import build_context

from galactograph.archives.peer import MOST_CONTEXTS, Peer, checked
from galactograph.archives.trying import Away, Refused, carry
from galactograph.dicom.identity import Identity, identity_of, uid_name
from galactograph.errors import DicomError
from galactograph.values.archive import Failure, Receipt

Objects = dict[str, tuple[Path, Identity]]


def send(peer: Peer, files: Iterable[Path]) -> Receipt:
    """Send files, each until the peer has said that it has it."""
    objects, failures = objects_of(files)
    moved: list[str] = []
    notes: list[str] = []
    for group in _groups(objects):
        session = partial(_session, peer, group, notes)
        done, failed = carry(group, session, peer.access.limits)
        moved += [objects[name][1].instance for name in done]
        failures += [Failure(name=name, reason=why) for name, why in failed.items()]
    return Receipt(moved=tuple(moved), failures=tuple(failures), notes=tuple(notes))


def objects_of(files: Iterable[Path]) -> tuple[Objects, list[Failure]]:
    """Tell who the files are, by path; what is no object is a failure."""
    objects: Objects = {}
    failures: list[Failure] = []
    for path in files:
        try:
            objects[str(path)] = path, identity_of(path)
        except DicomError as trouble:
            reason = str(trouble).removeprefix(f"{path.name}: ")
            failures.append(Failure(name=str(path), reason=reason))
    return objects, failures


def _groups(objects: Objects) -> Iterator[Objects]:
    """Split so that the kinds of each group fit into one association."""
    group: Objects = {}
    kinds: set[tuple[str, str]] = set()
    for name, (path, one) in objects.items():
        kind = (one.sop_class, one.transfer_syntax)
        if kind not in kinds and len(kinds) == MOST_CONTEXTS:
            yield group
            group, kinds = {}, set()
        kinds.add(kind)
        group[name] = path, one
    if group:
        yield group


@contextmanager
def _session(
    peer: Peer, objects: Objects, notes: list[str]
) -> Iterator[Callable[[str], None]]:
    kinds = {(one.sop_class, one.transfer_syntax) for _, one in objects.values()}
    # Each encoding in a context of its own: the peer then answers for each.
    wanted = [build_context(kind, [encoding]) for kind, encoding in sorted(kinds)]
    with peer.associated(wanted) as association:
        taken = {
            (str(one.abstract_syntax), str(one.transfer_syntax[0]))
            for one in association.accepted_contexts
        }

        def one(name: str) -> None:
            path, known = objects[name]
            if (known.sop_class, known.transfer_syntax) not in taken:
                raise Refused(
                    f"{peer.where} does not take {uid_name(known.sop_class)} "
                    f"in {uid_name(known.transfer_syntax)}"
                )
            try:
                status = association.send_c_store(path)
            except RuntimeError:
                raise Away(f"{peer.where} hung up") from None
            except (OSError, ValueError, AttributeError) as trouble:
                raise Refused(f"cannot be sent: {trouble}") from None
            checked(peer, status)
            code = int(status.Status)
            if code:
                notes.append(f"{name}: taken with warning {code:04X}h")

        yield one

"""The DICOM Conformance Statement, made from the code that writes and negotiates.

`python -m galactograph.archives.conformance FILE` writes it. Classes that are proposed
or accepted are found in the modules of this room: whoever adds one need not remember
the page, and the page cannot promise what no code does.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from pynetdicom import sop_class

from galactograph.archives import dimse
from galactograph.archives.access import Limits
from galactograph.archives.peer import MOST_CONTEXTS
from galactograph.archives.retrieving import ENCODINGS, USUAL
from galactograph.dicom import (
    cad,
    dose,
    drawings,
    header,
    keys,
    labelmaps,
    maps,
    papers,
    projections,
    segmentation,
    sr_document,
    tomosynthesis,
)
from galactograph.dicom.check_tables import own_codes
from galactograph.dicom.identity import uid_name
from galactograph.values.concepts import PRIVATE

_NEW = {labelmaps.SOP_CLASS: "Label Map Segmentation Storage"}
_PLAIN, _RUNS = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"

_WRITTEN: tuple[tuple[str, str, str, str], ...] = (
    *((uid, "simulate", "", _PLAIN) for uid in header.SOP_CLASSES.values()),
    (tomosynthesis.SOP_CLASS, "simulate", "", _PLAIN),
    (projections.SOP_CLASS, "simulate --projections", "", _PLAIN),
    (sr_document.COMPREHENSIVE, "read --dicom", "TID 1500, TID 4200", _PLAIN),
    (segmentation.SOP_CLASS, "read --dicom", "BINARY", _PLAIN),
    (drawings.SOP_CLASS, "read --dicom", "", _PLAIN),
    (keys.SOP_CLASS, "read --dicom", "TID 2010", _PLAIN),
    (labelmaps.SOP_CLASS, "read --dicom --labelmap", "LABELMAP", _RUNS),
    (cad.SOP_CLASS, "read --dicom --also cad", "TID 4000", _PLAIN),
    (dose.SOP_CLASS, "read --dicom --also dose", "TID 10001", _PLAIN),
    (maps.SOP_CLASS, "read --dicom --also calibre, thickness", "float", _PLAIN),
    (papers.SOP_CLASS, "read --dicom", "PDF", _PLAIN),
)
"""Class, what writes it, template or form, transfer syntax."""

_HEAD = """# DICOM conformance statement

:::{admonition} Research use only - not a medical device
:class: warning
galactograph is research software. It is not certified, and this statement promises
nothing about clinical use. A normal galactogram never excludes disease.
:::

After PS3.2, in short. This page is generated from the code that writes objects and
negotiates associations (`python -m galactograph.archives.conformance FILE`); a test
fails if the two differ.
"""


def conformance() -> str:
    """Return the statement as Markdown."""
    parts = [
        _HEAD,
        "## Objects that it creates\n",
        _table(
            ("Class", "UID", "Form", "Made by", "Transfer syntax"),
            (
                (_name(uid), f"`{uid}`", form, f"`{maker}`", _name(syntax))
                for uid, maker, form, syntax in _WRITTEN
            ),
        ),
        _objects(),
        "## Roles on the network (DIMSE)\n",
        _table(("Service", "UID", "Role", "Module"), _services()),
        _network(),
        "## Storage classes that it accepts\n",
        _ACCEPTED,
        _table(("Class", "UID"), ((_name(uid), f"`{uid}`") for uid in USUAL)),
        "In these transfer syntaxes:\n",
        _table(("Transfer syntax", "UID"), ((_name(u), f"`{u}`") for u in ENCODINGS)),
        _WEB,
        f"## Private codes ({PRIVATE})\n",
        "No private attributes are written. Words that no context group has:\n",
        _table(("Code", "Meaning"), ((f"`{c.value}`", c.meaning) for c in own_codes())),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _name(uid: str) -> str:
    """Name a UID, one that pydicom does not know among them."""
    return _NEW.get(uid) or uid_name(uid)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _objects() -> str:
    return f"""Results copy patient and study from the headers of the images. Their
series and instance UIDs are made of their content (root 2.25): the same reading is the
same object. Reports are complete, preliminary and unverified; objects that have a
content qualification say `RESEARCH`.

Implementation class UID `{header.derived_uid("galactograph")}`,
version name `GALACTOGRAPH`. Character set of results: ISO_IR 192 (Unicode). Read: every
character set that pydicom decodes.
"""


def _services() -> Iterator[tuple[str, str, str, str]]:
    """Yield the classes that the modules of this room propose (SCU) or accept (SCP)."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        for name, roles in sorted(_roles(ast.parse(path.read_text("utf-8"))).items()):
            uid = str(getattr(sop_class, name))
            told = " and ".join(sorted(roles, reverse=True))
            yield _name(uid), f"`{uid}`", told, f"`{path.stem}`"


def _roles(tree: ast.Module) -> dict[str, set[str]]:
    """Return the role in which a module uses each class that it imports."""
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "pynetdicom.sop_class"
        for alias in node.names
    }
    roles: dict[str, set[str]] = {}
    accepted: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            first = node.args[0] if node.args else None
            taken = node.func.attr == "add_supported_context"
            if taken and isinstance(first, ast.Name) and first.id in names:
                roles.setdefault(names[first.id], set()).add("SCP")
                accepted.add(id(first))
    for node in ast.walk(tree):
        used = isinstance(node, ast.Name) and id(node) not in accepted
        if used and isinstance(node, ast.Name) and node.id in names:
            roles.setdefault(names[node.id], set()).add("SCU")
    return roles


def _network() -> str:
    limits = Limits()
    told = ", ".join(
        f"`{one.name}` {getattr(limits, one.name):g}" for one in fields(limits)
    )
    return f"""Storage is proposed (SCU) for each class and transfer syntax of the files
that are sent, as they lie on the disk, each pair in a presentation context of its own;
at most {MOST_CONTEXTS} in one association, then another one. Objects are never
transcoded.

Application entity title `{dimse.TITLE}` unless set otherwise. Retrieval is by C-GET, or
by C-MOVE to a port that is named. TLS for every association on demand (`dimses://`),
with certificates of its own. Limits: {told}.
"""


_ACCEPTED = """As provider of C-STORE under C-GET and C-MOVE, and where it listens;
besides whatever class the archive names for an object that was asked for.
"""

_WEB = """## DICOMweb

User agent of QIDO-RS (studies, instances), WADO-RS (instances, any transfer syntax)
and STOW-RS (`multipart/related; type="application/dicom"`), JSON after PS3.18 F.
"""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(conformance(), encoding="utf-8")

"""A study without names: all objects of one call, consistent with one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydicom.dataset import Dataset

from galactograph.dicom.files import Item, Kind, gathered
from galactograph.dicom.privacy.cleaning import Cleaner
from galactograph.dicom.privacy.files import (
    cleaned_file,
    encoded,
    header_of,
    refuse_if_named,
    warnings_of,
)
from galactograph.dicom.privacy.identifiers import (
    Identifiers,
    gathered_from,
    text_of,
    walked,
)
from galactograph.dicom.privacy.options import Settings
from galactograph.dicom.privacy.pseudonyms import Pseudonyms
from galactograph.errors import InvalidValue, Unreadable
from galactograph.values.study import Problem

LEAST_SECRET = 16
"""Bytes of a secret: 128 bits cannot be guessed (assumed)."""

_MARK = "SIMULATED"
_MARKED = frozenset(
    [
        "PatientName",
        "ImageComments",
        "DerivationDescription",
        "TextValue",
        "UnformattedTextValue",
    ]
)


@dataclass(frozen=True, kw_only=True)
class Passed:
    """An object without names.

    Attributes
    ----------
    name
        Of the new file; says nothing of the old one.
    source
        Of the old file. May name the patient: for whoever holds the original only.
    """

    name: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of each file.

    Attributes
    ----------
    left_out
        Files that did not pass, and why.
    warnings
        Files that passed and that somebody should look at.
    """

    passed: tuple[Passed, ...]
    left_out: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


Tell = Callable[[str, float], None]


def deidentify(
    path: Path,
    folder: Path,
    *,
    secret: bytes,
    settings: Settings | None = None,
    tell: Tell = lambda _stage, _share: None,
) -> Outcome:
    """Write the DICOM objects of a study without what identifies anybody.

    Parameters
    ----------
    path
        A file, a folder or a zip. Nothing in it is changed.
    folder
        Where; must be there. Gets new files only, each written whole or not at all.
    secret
        What new names are made with: the same secret gives the same names.
    tell
        Called with a stage and the share of the work done, in [0, 1].

    Raises
    ------
    Unreadable
        If not one object passes.
    InvalidValue
        If the secret is too short.
    """
    if len(secret) < LEAST_SECRET:
        raise InvalidValue(f"a secret must have at least {LEAST_SECRET} bytes")
    settings = settings or Settings()
    passed: list[Passed] = []
    with gathered(Path(path)) as (items, problems):
        tell("searching", 0.0)
        left_out = [*problems, *_not_dicom(items)]
        heads, warnings = _heads(items, settings, left_out)
        whole = _whole([head for _, head in heads], secret, settings)
        for count, (item, head) in enumerate(heads):
            tell("cleaning", 0.2 + 0.8 * count / len(heads))
            name = f"{_modality(head)}-{len(passed) + 1:04d}.dcm"
            try:
                content = _content(item, head, whole)
            except Unreadable as trouble:
                left_out.append(_problem(item, trouble))
                continue
            _store(content, folder / name)
            passed.append(Passed(name=name, source=item.source))
    if not passed:
        raise Unreadable(_nothing(path, left_out))
    sources = {one.source for one in passed}
    return Outcome(
        passed=tuple(passed),
        left_out=tuple(left_out),
        warnings=tuple(one for one in warnings if one.source in sources),
    )


def _heads(
    items: Sequence[Item], settings: Settings, left_out: list[Problem]
) -> tuple[list[tuple[Item, Dataset]], list[Problem]]:
    """Read all headers: names of one file are looked for in every other."""
    heads, warnings = [], []
    for item in items:
        if item.kind is not Kind.DICOM:
            continue
        try:
            head = header_of(item)
            words = list(warnings_of(head, item.source, settings))
        except Unreadable as trouble:
            left_out.append(_problem(item, trouble))
            continue
        heads.append((item, head))
        warnings += [Problem(source=item.source, reason=word) for word in words]
    return heads, warnings


@dataclass(frozen=True, kw_only=True, eq=False)
class _Whole:
    """What the objects of one call have in common.

    Attributes
    ----------
    known
        What must not be left in any of them.
    simulated
        Patients (keys) of whom some object says that she is simulated: all then do.
    """

    pseudonyms: Pseudonyms
    settings: Settings
    known: Identifiers
    simulated: frozenset[str]


def _whole(heads: Sequence[Dataset], secret: bytes, settings: Settings) -> _Whole:
    pseudonyms = Pseudonyms(secret)
    moves: set[timedelta] = set()
    if settings.dates == "MODIFIED":
        moves = {pseudonyms.moved(patient_of(head)) for head in heads}
    return _Whole(
        pseudonyms=pseudonyms,
        settings=settings,
        known=gathered_from(heads, settings, moves),
        simulated=frozenset(patient_of(head) for head in heads if _is_simulated(head)),
    )


def _is_simulated(head: Dataset) -> bool:
    return any(
        _MARK in text_of(element).upper()
        for element, _ in walked(head)
        if element.keyword in _MARKED
    )


def _content(item: Item, head: Dataset, study: _Whole) -> bytes:
    """Return one object without names, searched."""
    key = patient_of(head)
    cleaner = Cleaner(
        settings=study.settings,
        pseudonyms=study.pseudonyms,
        identifiers=study.known,
        by=study.pseudonyms.moved(key),
    )
    dataset = cleaned_file(
        item,
        cleaner,
        pseudonym=study.pseudonyms.patient(key),
        simulated=key in study.simulated,
    )
    content = encoded(dataset, item.source)
    refuse_if_named(content, study.known, item.source)
    return content


def _store(content: bytes, place: Path) -> None:
    """Write a file that is never seen half-written."""
    aside = place.with_name(f".{place.name}.part")
    try:
        aside.write_bytes(content)
        aside.replace(place)
    finally:
        aside.unlink(missing_ok=True)


def patient_of(head: Dataset) -> str:
    """Return what tells one patient from another; the study if there is no number."""
    number = str(head.get("PatientID") or "").strip()
    return f"patient {number}" if number else f"study {head.StudyInstanceUID}"


def _modality(head: Dataset) -> str:
    """Return the modality as part of a file name, such as "MG"."""
    word = str(head.get("Modality") or "")
    return word if word.isascii() and word.isalpha() and len(word) < 9 else "OT"


def _not_dicom(items: Sequence[Item]) -> list[Problem]:
    why = "is no DICOM object; only those are passed on."
    return [
        Problem(source=item.source, reason=why)
        for item in items
        if item.kind is not Kind.DICOM
    ]


def _problem(item: Item, trouble: Unreadable) -> Problem:
    return Problem(
        source=item.source, reason=str(trouble).removeprefix(f"{item.source}: ")
    )


def _nothing(path: Path, left_out: Sequence[Problem]) -> str:
    if not left_out:
        return f"{Path(path).name}: holds no DICOM object; give a study."
    first = left_out[0]
    more = f" ({len(left_out)} files in all.)" if len(left_out) > 1 else ""
    return f"{Path(path).name}: nothing passed. {first.source}: {first.reason}{more}"

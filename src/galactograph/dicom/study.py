"""Load a study: the images that a hospital has, as a reader needs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from galactograph.dicom.codec import Codec
from galactograph.dicom.files import Item, Kind, gathered, what_is
from galactograph.dicom.headers import Record, read_header
from galactograph.dicom.injection import told_by
from galactograph.dicom.modality import is_paper
from galactograph.dicom.rasters import load_picture
from galactograph.dicom.roles import Clues, opacity, roles_of
from galactograph.dicom.spacing import no_spacing, user_spacing
from galactograph.dicom.tags import Tags
from galactograph.dicom.twins import Choice, choose
from galactograph.dicom.views import Seen, Wishes, is_simulated, load_view
from galactograph.errors import Unreadable
from galactograph.values.codes import Laterality
from galactograph.values.patient import Patient, Presentation
from galactograph.values.study import Problem, Role, Study, View

MOST_VIEWS = 60
"""Images of one study; a galactography has two to a dozen (design)."""


def load(
    path: Path,
    *,
    pixel_spacing_mm: float | tuple[float, float] | None = None,
    force: bool = False,
    laterality: Laterality | None = None,
    position: str | None = None,
) -> Study:
    """Load a study from a file, a folder (with its subfolders) or a zip.

    Parameters
    ----------
    path
        DICOM in any usual encoding, or grey PNG, TIFF and JPEG pictures. Pictures
        that lie beside DICOM files are left aside.
    pixel_spacing_mm
        Distance between pixels in the plane of the ducts, or (rows, columns); goes
        before what the files say. Pictures have none of their own.
    force
        Read grey images that are not mammograms too.
    laterality, position
        Side and view; go before what the files say.

    Returns
    -------
    Study
        With `problems` for the files that could not be used.

    Raises
    ------
    Unreadable
        If nothing usable remains; one sentence says what, where and what to do.
    InvalidValue
        If the given spacing cannot be.
    """
    wishes = Wishes(
        spacing=None if pixel_spacing_mm is None else user_spacing(pixel_spacing_mm),
        force=force,
        laterality=None if laterality is None else Laterality(laterality),
        position=position,
    )
    path = Path(path)
    with gathered(path) as (items, problems), Codec() as codec:
        records, papers = _headers(path, items, problems)
        seen, used = _views(records, wishes, codec, problems)
        seen += _pictures(items, wishes, problems)
    if not seen:
        raise Unreadable(_nothing_left(path, problems + papers))
    views = _with_roles(seen)
    return Study(
        uid=_study_uid(used),
        views=views,
        patient=_patient(used),
        laterality=_laterality(views),
        problems=tuple(problems),
        injection=told_by([record.tags for record in used]),
    )


def _headers(
    path: Path, items: Sequence[Item], problems: list[Problem]
) -> tuple[list[Record], list[Problem]]:
    """Read all headers; return the images, and what lies beside them (reports)."""
    records: list[Record] = []
    papers: list[Problem] = []
    for item in items:
        if item.kind is Kind.OTHER:
            problems.append(Problem(source=item.source, reason=what_is(item)))
        if item.kind is not Kind.DICOM:
            continue
        try:
            record = read_header(item)
        except Unreadable as trouble:
            problems.append(_problem(item.source, trouble))
            continue
        if is_paper(record):
            why = "is a report or the like, not an image; give the images."
            papers.append(Problem(source=item.source, reason=why))
        else:
            records.append(record)
    patients = {record.tags.word("PatientID") for record in records} - {""}
    if len(patients) > 1 or len(records) > MOST_VIEWS:
        raise Unreadable(
            f"{path.name}: holds {len(records)} images of {len(patients)} patients "
            f"(at most {MOST_VIEWS} images of one); give one study."
        )
    return records, papers


def _views(
    records: Sequence[Record], wishes: Wishes, codec: Codec, problems: list[Problem]
) -> tuple[list[Seen], list[Record]]:
    seen: list[Seen] = []
    used: list[Record] = []
    for choice in choose(records):
        for record, note in _tries(choice):
            try:
                one = load_view(record, wishes, codec)
            except Unreadable as trouble:
                problems.append(_problem(record.source, trouble))
                continue
            notes = (*one.view.notes, *note, *_from_elsewhen(record, records))
            seen.append(replace(one, view=replace(one.view, notes=notes)))
            used.append(record)
            break
    return seen, used


def _from_elsewhen(record: Record, records: Sequence[Record]) -> tuple[str, ...]:
    """Note an image of another study than most: an older mammogram, say."""
    uid = record.tags.word("StudyInstanceUID")
    if uid in ("", _study_uid(records)):
        return ()
    date = record.tags.word("StudyDate") or "unknown date"
    return (f"From another study of this patient ({date}) than the other images.",)


def _tries(choice: Choice) -> list[tuple[Record, tuple[str, ...]]]:
    """Return what to try in order: the raw image, then its processed twin."""
    if choice.spare is None:
        return [(choice.record, ())]
    kept = f"{choice.spare.source} is the same exposure made for display: left aside."
    fallen = f"The raw image of this exposure ({choice.record.source}) is unusable."
    return [(choice.record, (kept,)), (choice.spare, (fallen,))]


def _pictures(
    items: Sequence[Item], wishes: Wishes, problems: list[Problem]
) -> list[Seen]:
    seen = []
    for item in items:
        if item.kind is Kind.RASTER:
            try:
                view = load_picture(
                    item,
                    wishes.spacing or no_spacing(),
                    wishes.laterality,
                    wishes.position,
                )
            except Unreadable as trouble:
                problems.append(_problem(item.source, trouble))
                continue
            clues = Clues(
                laterality=view.laterality, position=view.position, words=item.path.stem
            )
            seen.append(Seen(view, clues))
    return seen


def _with_roles(seen: Sequence[Seen]) -> tuple[View, ...]:
    def score(i: int) -> float:
        image = seen[i].view.image
        return opacity(image.pixels, image.grid.pixel_mm)

    clues = [replace(one.clues, scale=one.view.grey_scale) for one in seen]
    verdicts = roles_of(clues, score)
    return tuple(
        replace(one.view, role=verdict.role, role_reason=verdict.reason)
        for one, verdict in zip(seen, verdicts, strict=True)
    )


def _problem(source: str, trouble: Unreadable) -> Problem:
    return Problem(source=source, reason=str(trouble).removeprefix(f"{source}: "))


def _nothing_left(path: Path, problems: Sequence[Problem]) -> str:
    if not problems:
        return f"{path.name}: holds no image; give DICOM files or a grey PNG or TIFF."
    first = problems[0]
    if len(problems) == 1 and first.source == path.name:
        return f"{first.source}: {first.reason}"
    more = f" ({len(problems)} files cannot be used)" if len(problems) > 1 else ""
    return f"{path.name}: holds no usable image{more}: {first.source} {first.reason}"


def _study_uid(used: Sequence[Record]) -> str | None:
    uids = Counter(record.tags.word("StudyInstanceUID") for record in used)
    uids.pop("", None)
    return uids.most_common(1)[0][0] if uids else None


def _laterality(views: Sequence[View]) -> Laterality | None:
    """Return the side of all views, or else of the filled ones; None if both."""
    for group in (views, [view for view in views if view.role is not Role.SCOUT]):
        sides = {view.laterality for view in group} - {None}
        if len(sides) == 1:
            return sides.pop()
    return None


def _patient(used: Sequence[Record]) -> Patient:
    """Return the patient under a pseudonym: never a name, never a hospital number."""
    if not used:
        return Patient()
    tags = used[0].tags
    number = " ".join(tags.words("PatientID"))
    if number and (is_simulated(tags) or tags.word("PatientIdentityRemoved") == "YES"):
        pseudonym = number
    else:
        # Not of the hospital's number: a digest of that can be found by trying all.
        uid = tags.word("StudyInstanceUID").encode()
        pseudonym = f"study-{sha256(uid).hexdigest()[:8]}" if uid else "anonymous"
    sex = tags.word("PatientSex")
    return Patient(
        pseudonym=pseudonym,
        presentation=Presentation(
            age=_age(tags), male={"M": True, "F": False}.get(sex)
        ),
    )


def _age(tags: Tags) -> int | None:
    """Return Patient's Age in years; other units are for infants, 0 for not known."""
    stated = tags.word("PatientAge")
    years = stated.removesuffix("Y")
    known = stated.endswith("Y") and years.isdecimal() and 0 < int(years) <= 130
    return int(years) if known else None

"""Lay an account and its pictures out on A4, and compile it.

The layout stands in `*.typ`; it holds no word of the report. Fonts are those that
typst brings along, and no date is written, so that the same report gives the same
bytes on any machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, cast

from galactograph.language import tongue
from galactograph.reporting.account import Account, Chapter, Fact
from galactograph.reporting.figures import standalone
from galactograph.values.plates import Plate, Plates, ViewPlates
from galactograph.values.report import Report

STANDARDS: tuple[Literal["a-2a"], Literal["ua-1"]] = ("a-2a", "ua-1")
"""PDF/A-2a, to be kept; PDF/UA-1, for those who cannot see it. source: typst 0.14
writes both at once (found)"""

_VIEW_MM = (84.0, 98.0)
_CROP_MM = 52.0
_PROFILE_MM = 104.0
_LOCATION_MM = 112.0
_SHOWN = ("calibre", "nipple", "findings", "frame")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What the layout gets: data, and pictures by file name."""

    data: Mapping[str, Any]
    pictures: Mapping[str, bytes]


def report_pdf(report: Report, plates: Plates, account: Account) -> bytes:
    """Return the report as PDF/A-2a and PDF/UA-1.

    Parameters
    ----------
    plates, account
        Of this report.
    """
    pictures: dict[str, bytes] = {}
    data = _common(report, account) | {
        "level": report.assessment.level,
        "findings": [
            _finding(number, chapter, plates, account, pictures)
            for number, chapter in enumerate(account.findings)
        ],
        "views": [
            _view(number, report, view, pictures)
            for number, view in enumerate(plates.views)
        ],
        "location": _put(plates.location, "location", _LOCATION_MM, pictures),
        "legend": _legend(report, plates),
    }
    return _compile("report", Sheet(data=data, pictures=pictures))


def surgeon_pdf(report: Report, plates: Plates, account: Account) -> bytes | None:
    """Return the page for the surgeon, true to size; None if no lesion is sure."""
    chapter = account.chapter("surgeon")
    if chapter is None:
        return None
    pictures: dict[str, bytes] = {}
    drawn = [
        _put(plate, f"surgeon-{number}", plate.view_box[2], pictures)
        for number, plate in enumerate(plates.surgeon)
    ]
    spoken = tongue(account.language)
    side = next(fact.text for fact in chapter.facts if fact.key == "surgeon.side")
    data = _common(report, account) | {
        "title": spoken.say("title.surgeon", side=side),
        "drawn": drawn,
    }
    return _compile("surgeon", Sheet(data=data, pictures=pictures))


def _common(report: Report, account: Account) -> dict[str, Any]:
    spoken = tongue(account.language)
    return {
        "language": account.language,
        "title": account.title,
        "subtitle": account.subtitle,
        "marks": list(account.marks),
        "study": report.study_uid or spoken.say("word.not_stated"),
        "program": f"galactograph {report.provenance.version}",
        "page": spoken.say("title.page"),
        "views_title": spoken.say("label.views"),
        "findings_title": spoken.say("chapter.findings"),
        "none": spoken.say("finding.none"),
        "chapters": {c.key: _plain(c) for c in account.chapters},
    }


def _plain(chapter: Chapter) -> dict[str, Any]:
    return {"title": chapter.title, "facts": [_fact(f) for f in chapter.facts]}


def _fact(fact: Fact) -> dict[str, str]:
    return {"label": fact.label, "text": fact.text, "source": fact.source}


def _put(
    plate: Plate | None, name: str, wide_mm: float, pictures: dict[str, bytes]
) -> dict[str, Any] | None:
    """Keep a plate as a picture; return its name, words and width."""
    if plate is None:
        return None
    pictures[f"{name}.svg"] = standalone(plate, wide_mm).encode()
    return {"file": f"{name}.svg", "alt": plate.alt, "wide": wide_mm}


def _view(
    number: int, report: Report, view: ViewPlates, pictures: dict[str, bytes]
) -> dict[str, Any]:
    plate = view.picture
    kept = {name: plate.layers[name] for name in _SHOWN if name in plate.layers}
    _, _, wide, high = plate.view_box
    shown = min(_VIEW_MM[0], _VIEW_MM[1] * wide / high)
    loose = Plate(
        alt=plate.alt, view_box=plate.view_box, pixels=plate.pixels, layers=kept
    )
    told = _put(loose, f"view-{number}", shown, pictures)
    assert told is not None  # noqa: S101  a plate was given
    return told | {"name": report.readings[number].view.name}


def _finding(
    number: int,
    chapter: Chapter,
    plates: Plates,
    account: Account,
    pictures: dict[str, bytes],
) -> dict[str, Any]:
    drawn = plates.findings[number]
    seen = next((f.text for f in chapter.facts if f.key.endswith(".seen")), "")
    crops = [
        _put(plate, f"crop-{number}-{n}", _CROP_MM, pictures)
        for n, plate in enumerate(drawn.crops)
    ]
    spoken = tongue(account.language)
    return _plain(chapter) | {
        "crops": crops,
        "caption": spoken.say("page.enlarged", view=seen),
        "profile": _put(drawn.profile, f"profile-{number}", _PROFILE_MM, pictures),
    }


def _legend(report: Report, plates: Plates) -> dict[str, Any] | None:
    in_mm = all(r.view.image.grid.has_millimetres for r in report.readings)
    shown = plates.legends.get("calibre" if in_mm else "calibre-px")
    if shown is None:
        return None
    return {"title": shown.title, "entries": [list(pair) for pair in shown.entries]}


def _compile(layout: str, sheet: Sheet) -> bytes:
    """Compile a layout to PDF; the same sheet gives the same bytes."""
    import typst  # noqa: PLC0415  only who prints pays for it

    here = files("galactograph.reporting.paper")
    data = json.dumps(sheet.data, ensure_ascii=False, allow_nan=False)
    source: dict[str, bytes] = {
        "main": (here / f"{layout}.typ").read_bytes(),
        "common.typ": (here / "common.typ").read_bytes(),
        "data.json": data.encode(),
        **sheet.pictures,
    }
    made: bytes = typst.compile(
        # A mapping of names to contents works, but its stub does not know it.
        cast("bytes", source),
        format="pdf",
        font_paths=typst.Fonts(include_system_fonts=False),
        ignore_system_fonts=True,
        pdf_standards=list(STANDARDS),
        timestamp=0,
    )
    return made

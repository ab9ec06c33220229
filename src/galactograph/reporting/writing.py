"""Write a report: document, table, page and pictures, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from galactograph.reporting.dictation import account_json, dictation
from galactograph.reporting.document import Document, mask_name, reading_document
from galactograph.reporting.folder import whole_folder
from galactograph.reporting.page import report_page
from galactograph.reporting.paper import report_pdf, surgeon_pdf
from galactograph.reporting.table import branches_table
from galactograph.reporting.telling import tell
from galactograph.reporting.trees import trees_table
from galactograph.values.plates import Plates
from galactograph.values.report import Report

Beside = Mapping[str, bytes] | Callable[[Path], Mapping[str, bytes]]


def write_report(
    report: Report,
    plates: Plates,
    folder: Path,
    *,
    overwrite: bool = False,
    beside: Beside | None = None,
    language: str = "en",
) -> dict[str, Path]:
    """Write everything about a report into a new folder.

    Parameters
    ----------
    plates
        Its pictures, as `galactograph.pictures.draw` makes them.
    folder
        Absent or empty; with `overwrite` it may hold an earlier report.
    beside
        More files to write, by their path in the folder, such as "dicom/report.dcm";
        or what makes them, given the folder with all the others in it.
    language
        Of the page, the paper and the text; one of `galactograph.language.LANGUAGES`.

    Returns
    -------
    dict
        Name to path: "reading", "report", "branches", "trees", "text", "facts",
        "paper", "surgeon" if a lesion is sure, and for each view n from 1 "mask-n",
        "overlay-n", "vector-n"; files beside as "dicom-report".
    """
    with whole_folder(folder, overwrite=overwrite) as aside:
        names = fill(report, plates, aside, language=language)
        more = beside(aside) if callable(beside) else beside or {}
        for path, content in more.items():
            (aside / path).parent.mkdir(parents=True, exist_ok=True)
            (aside / path).write_bytes(content)
            names[path.partition(".")[0].replace("/", "-")] = path
    return {name: folder / path for name, path in names.items()}


def fill(
    report: Report, plates: Plates, folder: Path, *, language: str = "en"
) -> dict[str, str]:
    """Write the files into an existing folder; return their relative paths."""
    (folder / "views").mkdir()
    account = tell(report, language)
    texts = {
        "reading": ("reading.json", json_text(reading_document(report))),
        "report": ("report.html", report_page(report, plates, language=language)),
        "branches": ("branches.csv", branches_table(report)),
        "trees": ("trees.csv", trees_table(report)),
        "text": ("report.txt", dictation(account)),
        "facts": ("report.json", account_json(account)),
    }
    for path, content in texts.values():
        (folder / path).write_text(content, "utf-8")
    names = {name: path for name, (path, _) in texts.items()}
    papers = {
        "paper": ("report.pdf", report_pdf(report, plates, account)),
        "surgeon": ("surgeon.pdf", surgeon_pdf(report, plates, account)),
    }
    for name, (path, pages) in papers.items():
        if pages is not None:
            (folder / path).write_bytes(pages)
            names[name] = path
    for reading, drawn in zip(report.readings, plates.views, strict=True):
        number, mask = reading.index + 1, mask_name(reading)
        overlay = f"views/{number}-overlay"
        (folder / mask).write_bytes(drawn.mask_png)
        (folder / f"{overlay}.png").write_bytes(drawn.overlay_png)
        (folder / f"{overlay}.svg").write_text(drawn.overlay_svg, "utf-8")
        names[f"mask-{number}"] = mask
        names[f"overlay-{number}"] = f"{overlay}.png"
        names[f"vector-{number}"] = f"{overlay}.svg"
    return names


def json_text(document: Document) -> str:
    """Return JSON, indented, with lists of numbers on one line.

    Examples
    --------
    >>> print(json_text({"points": [[1, 2], [3, 4]]}), end="")
    {
     "points": [[1, 2], [3, 4]]
    }
    """
    return _laid_out(document, "\n") + "\n"


# Whole lists of numbers go to the compiled encoder: indenting, Python writes each
# number by itself, and most of a document is numbers.
_flat = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _laid_out(value: object, line: str) -> str:
    """Return JSON of a value; `line` is a line break and the indent it stands at."""
    if isinstance(value, Mapping) and value:
        deeper = line + " "
        rows = [
            _flat(name) + ": " + _laid_out(one, deeper) for name, one in value.items()
        ]
        return "{" + deeper + ("," + deeper).join(rows) + line + "}"
    if not isinstance(value, list | tuple) or not value or _numbers(value):
        return _flat(value)
    if all(isinstance(one, list | tuple) and _numbers(one) for one in value):
        return _flat(value)
    deeper = line + " "
    rows = [_laid_out(one, deeper) for one in value]
    return "[" + deeper + ("," + deeper).join(rows) + line + "]"


def _numbers(values: Sequence[object]) -> bool:
    """Tell whether a list holds numbers and nothing else."""
    return set(map(type, values)) <= {int, float}

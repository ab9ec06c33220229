"""The report in a notebook: thumbnail, tree, findings table.

Values know no views, and drawing and reporting do not import one another; so the
public face hands this room the function that draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from typing import Protocol

from galactograph.language import ENGLISH, Tongue, tongue
from galactograph.reporting import words
from galactograph.reporting.document import reading_document
from galactograph.reporting.figures import figure
from galactograph.reporting.summary import text_summary, where
from galactograph.reporting.writing import write_report
from galactograph.values import report as nouns
from galactograph.values.plates import Plate, Plates


class Artist(Protocol):
    """Draws all pictures of a report, in one language."""

    def __call__(self, report: nouns.Report, *, tongue: Tongue = ENGLISH) -> Plates:
        """Return the pictures."""


Sketcher = Callable[[nouns.Report], Plate]


@dataclass(frozen=True, kw_only=True, eq=False)
class Report(nouns.Report):
    """A study read, with a picture of itself.

    Attributes
    ----------
    artist, sketcher
        Draw all pictures, and the thumbnail of the notebook.
    """

    artist: Artist
    sketcher: Sketcher

    def save(
        self,
        folder: Path | str,
        *,
        overwrite: bool = False,
        beside: Mapping[str, bytes] | None = None,
        language: str = "en",
    ) -> dict[str, Path]:
        """Write document, table, page and pictures into a new folder.

        Parameters
        ----------
        beside
            More files to write, by their path in the folder.
        language
            One of `galactograph.language.LANGUAGES`.

        Raises
        ------
        FolderInUse
            If it holds anything; with `overwrite`, anything but an earlier report.
        Contradiction
            If the report contradicts itself; nothing is written then.
        """
        drawn = self.artist(self, tongue=tongue(language))
        return write_report(
            self,
            drawn,
            Path(folder),
            overwrite=overwrite,
            beside=beside,
            language=language,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the reading as the contract `galactograph/reading/1` has it."""
        return reading_document(self)

    def __str__(self) -> str:
        return text_summary(self)

    def _repr_html_(self) -> str:
        level = self.assessment.level
        badge = " <b>SIMULATED</b>" if self.simulated else ""
        rows = "".join(
            f"<tr><td>{escape(f.identifier or f'F{n}')}</td>"
            f"<td>{words.kind_words(f.kind)}</td><td>{f.confidence:.2f}</td>"
            f"<td>{escape(where(f, self))}</td></tr>"
            for n, f in enumerate(self.findings, 1)
        )
        table = (
            "<table><tr><th></th><th>Finding</th><th>Confidence</th><th>Where</th></tr>"
            f"{rows}</table>"
            if rows
            else "<p>No findings.</p>"
        )
        return (
            '<div style="display:flex;gap:16px;align-items:flex-start">'
            f'<div style="width:300px">{figure(self.sketcher(self))}</div><div>'
            f"<p><b>{level}</b> {words.LEVELS[level]}{badge}</p>"
            f"<p>{escape(self.assessment.text)}</p>{table}"
            f"<p><small>{words.RESEARCH}</small></p></div></div>"
        )


def face(report: nouns.Report, *, artist: Artist, sketcher: Sketcher) -> Report:
    """Return the same report, able to show itself."""
    held = {f.name: getattr(report, f.name) for f in fields(nouns.Report)}
    return Report(**held, artist=artist, sketcher=sketcher)

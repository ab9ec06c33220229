"""What one part of the validation page holds, and how it is written."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.pages import table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure: what, measured, what is asked or published, and whose it is.

    `passed` is None where nothing is asked and the figure only stands beside another.
    """

    what: str
    measured: str
    asked: str
    source: str
    passed: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the page."""

    name: str
    title: str
    how: str
    rows: tuple[Row, ...]
    picture: bytes
    caption: str
    notes: tuple[str, ...] = field(default=())

    @property
    def failed(self) -> list[Row]:
        """Rows that miss what is asked."""
        return [row for row in self.rows if row.passed is False]

    def markdown(self, folder: str) -> str:
        """Write the part; pictures lie in `folder`."""
        said = {True: "yes", False: "**no**", None: ""}
        rows = [
            [r.what, r.measured, r.asked, r.source, said[r.passed]] for r in self.rows
        ]
        head = ["figure", "measured", "asked or published", "source", "holds"]
        parts = [f"## {self.title}", self.how, table(head, rows)]
        parts.append(f"![{self.caption}]({folder}/validation-{self.name}.png)")
        parts.append(f"*{self.caption}*")
        parts += self.notes
        return "\n\n".join(parts)


def within(value: float, low: float, high: float) -> bool:
    """Tell whether low <= value <= high."""
    return low <= value <= high


def figure(columns: int = 1, width: float = 7.2, height: float = 3.0) -> Figure:
    """Return an empty figure with `columns` axes."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    drawn: Figure
    drawn, _ = plt.subplots(1, columns, figsize=(width, height), layout="constrained")
    for axes in drawn.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    return drawn


def png(drawn: Figure) -> bytes:
    """Return a figure as PNG."""
    import matplotlib.pyplot as plt

    held = io.BytesIO()
    drawn.savefig(held, dpi=90, metadata={"Software": None})
    plt.close(drawn)
    return held.getvalue()

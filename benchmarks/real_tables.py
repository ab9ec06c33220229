"""The figures of real pictures, for the documentation."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.mammograms import CONTRASTS
from benchmarks.pages import table

Figures = dict[str, Any]


def markdown(found: Figures) -> str:
    """Write the figures for the documentation."""
    writers = (_plain_md, _implants_md, _retina_md, _crossings_md, _angiogram_md)
    return "\n\n".join(filter(None, (write(found) for write in writers)))


def _plain_md(found: Figures) -> str:
    rows = [
        [
            row["picture"],
            row["adequacy"],
            f"{row['duct_mm']:.1f}",
            str(len(row["findings"])),
            "-" if row["nipple_mm"] is None else f"{row['nipple_mm']:.1f}",
        ]
        for row in found["plain"]
    ]
    if not rows:
        return ""
    head = ["picture", "adequacy", "duct, mm", "findings", "nipple to bead, mm"]
    return "**Real mammograms without contrast**\n\n" + table(head, rows)


def _implants_md(found: Figures) -> str:
    if not found["implants"]:
        return ""
    rows = []
    for contrast, words in CONTRASTS.items():
        some = [row for row in found["implants"] if row["contrast"] == contrast]

        def total(name: str, some: list[Figures] = some) -> float:
            return float(sum(row[name] for row in some))

        rows.append(
            [
                f"{contrast:.0f}: {words}",
                f"{total('hit_mm') / max(total('true_mm'), 1e-9):.3f}",
                f"{total('right_mm') / max(total('found_mm'), 1e-9):.3f}",
                f"{min(r['hit_mm'] / max(r['true_mm'], 1e-9) for r in some):.3f}",
                f"{sum(len(r['findings']) for r in some) / len(some):.1f}",
            ]
        )
    first, count = found["seeds"]
    head = [
        "contrast, noise units per mm of lumen",
        "found",
        "right",
        "found, worst",
        "false findings",
    ]
    return (
        f"**Simulated normal trees in real mammograms** (seeds {first} to "
        f"{first + count - 1}, {len(found['implants'])} pictures; lumina of 0.2 mm and "
        "more, at 0.5 mm)\n\n" + table(head, rows)
    )


def _retina_md(found: Figures) -> str:
    rows = found["retina"]
    if not rows:
        return ""
    kept, right = ([row[k] for row in rows] for k in ("kept", "right"))
    return (
        f"**Real vessel trees** ({len(rows)} retinas, the expert's mask given): "
        f"{np.mean(kept):.4f} of the expert's centrelines kept within 2 pixels (worst "
        f"{min(kept):.4f}), {np.mean(right):.4f} of what is traced is right."
    )


def _crossings_md(found: Figures) -> str:
    rows = found["crossings"]
    if not rows:
        return ""
    sites, right, split, wrong, same, taken = (
        sum(row[k] for row in rows)
        for k in ("sites", "right", "split", "split_wrong", "same", "same_split")
    )
    return (
        f"**Real crossings** ({len(rows)} label maps): the arms of {right} of {sites} "
        f"sites with two arteries and two veins are paired rightly "
        f"({right / max(sites, 1):.4f}). {split} of them are clear enough to be split, "
        f"{wrong} of these wrongly. Of {same} sites whose four arms are one kind of "
        f"vessel, {taken} are split."
    )


def _angiogram_md(found: Figures) -> str:
    lines = [
        f"**Real angiogram** ({row['picture']}): "
        + (f"refused, saying “{row['said']}”" if row["refused"] else "not refused")
        + f". Forced, it is said to be `{row['forced_adequacy']}`, with "
        f"{row['forced_trees']} trees of {row['forced_branches']} branches traced."
        for row in found["angiogram"]
    ]
    return "\n\n".join(lines)

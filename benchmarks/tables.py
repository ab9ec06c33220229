"""From figures to tables, for a terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.pages import Block, plain, table

Summary = dict[str, Any]


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _of(pair: Sequence[int]) -> str:
    share = f" ({pair[0] / pair[1]:.2f})" if pair[1] else ""
    return f"{pair[0]} of {pair[1]}{share}"


def _range(bounds: Sequence[float]) -> str:
    low, high = bounds
    if high >= 99:
        return f"over {low:g} mm"
    return f"{low:g} to {high:g} mm"


def _main_block(s: Summary) -> Block:
    rows = [[what, value, goal] for what, value, goal in (*_ducts(s), *_rest(s))]
    return "In short", ["what", "measured", "goal"], rows


def _ducts(s: Summary) -> list[tuple[str, str, str]]:
    ducts, whole = s["ducts"], s["calibre"][-1]["all"]
    found, right = ducts["recall_by_view"], ducts["precision_by_view"]
    return [
        ("duct length found, all views", _number(ducts["recall"]), "0.95"),
        ("duct length right, all views", _number(ducts["precision"]), "0.95"),
        ("found, median view", _number(found["median"]), ""),
        ("found, 5th percentile of views", _number(found["p5"]), ""),
        ("right, median view", _number(right["median"]), ""),
        ("right, 5th percentile of views", _number(right["p5"]), ""),
        ("right, hair lines included", _number(ducts["precision_of_all"]), ""),
        ("found, within 0.6 radii of wide ducts", _number(ducts["loose_recall"]), ""),
        (
            "right, within 0.6 radii of wide ducts",
            _number(ducts["loose_precision"]),
            "",
        ),
        ("calibre, median error, mm", _number(whole["median"]), "0.05"),
        ("calibre, bias, mm", _number(whole["bias"]), ""),
    ]


def _rest(s: Summary) -> list[tuple[str, str, str]]:
    none, false, nipple = s["no_contrast"], s["false"], s["nipple"]
    elsewhere = _number(false["elsewhere_on_abnormal"], 2)
    said_so = _of([none["said_so"], none["views"]])
    threads = "one thread" if s["jobs"] > 1 else "all threads"
    return [
        ("nipple, median error, mm", _number(nipple["median"], 2), "3"),
        ("nipple, 95th percentile, mm", _number(nipple["p95"], 2), ""),
        ("defects of 2 mm and more found", _of(s["defects"]["asked"]), "0.90"),
        ("cut-off ducts found as such", _of(s["defects"]["terminations"]), ""),
        ("false findings, normal study", _number(false["on_normal"], 2), "0.3"),
        ("findings away from the lesion, other studies", elsewhere, ""),
        ("without contrast: most duct drawn, mm", _number(none["most_mm"], 1), "10"),
        ("without contrast: views that say so", said_so, "all"),
        (f"seconds a view ({threads}), median", _number(s["seconds"]["median"], 1), ""),
        ("peak memory, MiB, median", _number(s["peak_mib"]["median"], 0), ""),
    ]


def _blocks(s: Summary) -> list[Block]:
    return [
        _main_block(s),
        (
            "Duct length found, by true calibre",
            ["lumen", "true, m", "found"],
            [
                [_range(b["mm"]), _number(b["true_mm"] / 1000, 2), _number(b["recall"])]
                for b in s["ducts"]["by_calibre"]
            ],
        ),
        (
            "Calibre, mm: everywhere, and where no other duct lies over it",
            ["lumen", "bias", "median error", "p90", "bias, alone", "median, alone"],
            [
                [
                    _range(row["mm"]),
                    *(_number(row["all"][k]) for k in ("bias", "median", "p90")),
                    *(_number(row["isolated"][k]) for k in ("bias", "median")),
                ]
                for row in s["calibre"]
            ],
        ),
        (
            "Defects found (a filling defect, several, or an air bubble), by size",
            ["size", "found"],
            [[_range(b["mm"]), _of(b["found"])] for b in s["defects"]["by_size"]],
        ),
        (
            "What was found (columns) where there was truly (rows)",
            *_crossed(s["confusion"], "truly"),
        ),
        (
            "Adequacy: said (columns) and expected (rows)",
            *_crossed(s["adequacy"], "expected"),
        ),
    ]


def _crossed(
    counts: dict[str, dict[str, int]], corner: str
) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of a table of counts; a blank is none."""
    columns = sorted({kind for row in counts.values() for kind in row})
    rows = [
        [kind, *(str(row.get(column, "")) for column in columns)]
        for kind, row in sorted(counts.items())
    ]
    return [corner, *columns], rows


def _heading(s: Summary) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in s["kinds"].items())
    sides = ", ".join(f"{count} {side}" for side, count in sorted(s["sides"].items()))
    what = "small trial studies" if s["quick"] else "studies"
    words = (
        f"{s['studies']} simulated {what} ({kinds}; sides: {sides}), seeds from "
        f"{s['first_seed']}; {s['ducts']['views']} views with contrast; "
        f"sources {s['fingerprint']}."
    )
    if len(s["fingerprints"]) > 1:
        words += " Results of several sources are mixed."
    if s["unreached"]:
        words += f" {s['unreached']} lesions were not reached by contrast."
    return words


def text(s: Summary) -> str:
    """Write the figures for a terminal."""
    return plain(_heading(s), _blocks(s))


def markdown(s: Summary) -> str:
    """Write the figures for the documentation."""
    parts = [_heading(s)]
    parts += [f"**{title}**\n\n{table(head, rows)}" for title, head, rows in _blocks(s)]
    return "\n\n".join(parts)

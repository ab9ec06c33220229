# ruff: noqa: INP001
"""Generate the tables by which headers are de-identified, from the standard.

    python tools/make_privacy_tables.py FOLDER

FOLDER holds the standard as tables: of github.com/innolitics/dicom-standard (MIT)
`confidentiality_profile_attributes`, `ciods`, `sops`, `ciod_to_modules` and
`ciod_to_func_group_macros` (2024e), of its PyPI package 0.1.0
`module_to_attributes` and `macro_to_attributes`, all JSON; and `chapter_E.rst`, the
text of PS3.15 Annex E, as in github.com/chsasank/dicom_standard.
"""

from __future__ import annotations

import ast
import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1] / "src/galactograph/dicom/privacy"

OPTIONS = {
    "rtnSafePrivOpt": "private",
    "rtnUIDsOpt": "uids",
    "rtnDevIdOpt": "device",
    "rtnInstIdOpt": "institution",
    "rtnPatCharsOpt": "characteristics",
    "rtnLongFullDatesOpt": "dates",
    "rtnLongModifDatesOpt": "shifted",
    "cleanDescOpt": "descriptors",
    "cleanStructContOpt": "content",
    "cleanGraphOpt": "graphics",
}
CLASSES = """
1 1.1 1.1.1 1.2 1.2.1 2 4 6.1 7 11.1 13.1.3 13.1.4 13.1.5 30 66.4 66.7
88.11 88.22 88.33 88.34 88.50 88.59 88.67 104.1
"""
ROOT = "1.2.840.10008.5.1.4.1.1."
TWINS = {"66.7": "66.4"}
"""A class that the older tables lack, and one with the same modules."""
SHARED = ("52009229", "52009230")
"""Shared and per-frame functional groups: macros stand in either."""


def main(folder: Path) -> None:
    """Write profile.csv, types.csv and safe.csv."""

    def load(name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads((folder / f"{name}.json").read_text())
        return rows

    profile = load("confidentiality_profile_attributes")
    write(
        "profile.csv",
        "What to do with each attribute. source: PS3.15 2024e Table E.1-1 (found)",
        ["tag", "name", "basic", *OPTIONS.values()],
        profile_rows(profile),
    )
    basic = {row["id"].lower(): row["basicProfile"] for row in profile}
    write(
        "types.csv",
        "Attributes that an object cannot lack. source: PS3.3 (found)",
        ["sop_class", "path", "type"],
        sorted(set(type_rows(load, basic))),
    )
    words = sorted(own_words())
    text = "# Words of our own reports. source: strings of this package (found)\n"
    (HERE / "words.txt").write_text(text + "\n".join(words) + "\n", "utf-8")
    write(
        "safe.csv",
        "Private attributes known to be safe. source: PS3.15 Table E.3.10-1 (found)",
        ["group", "element", "creator", "vr"],
        safe_rows((folder / "chapter_E.rst").read_text("utf-8")),
    )


def profile_rows(profile: list[dict[str, Any]]) -> Iterator[list[str]]:
    """Yield tag, name, basic action and the action of each option."""
    for row in profile:
        if not re.fullmatch(r"[0-9a-fx]{8}", row["id"].lower()):
            continue  # all private attributes: they have a rule of their own
        said = [row.get(key, "") for key in OPTIONS]
        yield [
            row["id"].lower(),
            " ".join(row["name"].split()),
            row["basicProfile"],
            *said,
        ]


def type_rows(load: Any, basic: dict[str, str]) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401
    """Yield class, path and type (1 or 2) where the action depends on the type."""
    ids = {row["name"]: row["id"] for row in load("ciods")}
    classes = {row["id"]: ids[row["ciod"]] for row in load("sops")}
    modules = paths_of(load("module_to_attributes"), "moduleId")
    macros = paths_of(load("macro_to_attributes"), "macroId")
    in_iod = load("ciod_to_modules")
    in_groups = load("ciod_to_func_group_macros")
    for name in CLASSES.split():
        iod = classes[ROOT + TWINS.get(name, name)]
        found = [
            one
            for row in in_iod
            if row["ciodId"] == iod
            for one in modules.get(row["moduleId"], ())
        ]
        found += [
            ((group, *path), kind)
            for row in in_groups
            if row["ciodId"] == iod
            for path, kind in macros.get(row["macroId"], ())
            for group in SHARED
        ]
        for path, kind in found:
            action = basic.get(path[-1], "")
            if ("/" in action and kind[0] in "12") or (
                action == "X" and kind in ("1", "2")
            ):
                yield ROOT + name, ".".join(path), kind[0]


def paths_of(
    rows: list[dict[str, Any]], key: str
) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Return the paths and types of the attributes of each module."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for row in rows:
        path = tuple(row["path"].lower().split(":")[1:])
        found.setdefault(row[key], []).append((path, row["type"]))
    return found


def safe_rows(text: str) -> Iterator[list[str]]:
    """Yield group, element, creator and VR of the table in the text of the annex."""
    table = text[text.index(".. table:: Safe Private Attributes") :]
    cells = ["", "", ""]
    for line in table.splitlines():
        parts = [part.strip() for part in line.strip().strip("|").split("|")]
        if line.strip().startswith("+"):
            at = re.fullmatch(r"\((\w{4}),xx(\w{2})\)", cells[0])
            if at:
                yield [at[1].lower(), at[2].lower(), cells[1], cells[2]]
            cells = ["", "", ""]
        elif len(parts) >= 3:
            cells = [f"{a} {b}".strip() for a, b in zip(cells, parts, strict=False)]


def own_words() -> set[str]:
    """Return the words that our own sentences and codes are made of, none a name."""
    package = HERE.parents[1]
    rooms = ["advice/*", "finders/*", "ducts/*", "reporting/words.py"]
    codes = ["dicom/sr_codes.py", "dicom/header.py", "values/codes.py", "reading.py"]
    found: set[str] = set()
    for pattern in (*rooms, *codes):
        for path in package.glob(pattern):
            if path.suffix == ".py":
                texts = list(strings(path))
            elif path.suffix == ".toml":
                # Sources name people.
                lines = path.read_text("utf-8").splitlines()
                texts = [line for line in lines if "source" not in line]
            else:
                continue
            for text in texts:
                # A capital inside a sentence may be a name.
                found |= set(re.findall(r"(?<![\w^])[a-z]{2,}(?!\w)", text))
    return found | set(SAID.split())


def strings(path: Path) -> Iterator[str]:
    """Yield the strings of a module that are no docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        text = isinstance(node, ast.Constant) and id(node) not in said
        if text and isinstance(node.value, str):
            yield node.value


SAID = """
cc ml lm mlo lmo xccl xccm scout galactogram galactography ductogram ductography
ducto mammogram mammography simulated left right bilateral breast magnification spot
view raw processed tomosynthesis slices projections synthetic research reading report
mask drawing key images contrast iohexol iopamidol iodixanol iopromide ioversol
mammo diagnostic screening standard combo unilateral duct single multiple
"""
"""Words of titles that modalities and we write."""


def write(
    name: str, title: str, head: list[str], rows: Iterable[Iterable[str]]
) -> None:
    """Write one table with its source in the first line."""
    with (HERE / name).open("w", newline="", encoding="utf-8") as file:
        file.write(f"# {title}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

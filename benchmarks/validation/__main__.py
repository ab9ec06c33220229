"""Measure the simulated physics and put it beside the real figures.

python -m benchmarks.validation                measure and print
python -m benchmarks.validation --write-docs   and write the page and its pictures
python -m benchmarks.validation --only discs   one part
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from benchmarks.children import ROOT
from benchmarks.validation import (
    beams,
    discs,
    dosimetry,
    iodine,
    noise,
    quality,
    tubes,
)
from benchmarks.validation.sections import Section

PAGE = ROOT / "docs" / "explanation" / "validation.md"
PICTURES = ROOT / "docs" / "_static"

PARTS: dict[str, Callable[[], Section]] = {
    "beams": beams.section,
    "detector": quality.section,
    "noise": noise.exposure_section,
    "scatter": dosimetry.scatter_section,
    "dose": dosimetry.section,
    "discs": discs.section,
    "backgrounds": noise.backgrounds_section,
    "tubes": tubes.section,
    "iodine": iodine.section,
}

HEAD = """# Validation of the simulated physics

Every figure and picture on this page is measured by a command from the code as it
stands, and written here by the same command:

```
python -m benchmarks.validation --write-docs
```

Beside each stands what is asked or published, and whose it is: *found* in a source
that was read, *derived* by a computation of our own, *remembered* and to be checked,
or *assumed*. A simulated detector that agrees with published figures is not a
detector, and nothing here says how well the program does on patients: see
[what it is not](limits.md).
"""


def page(sections: list[Section]) -> str:
    """Write the whole page."""
    asked = [row for one in sections for row in one.rows if row.passed is not None]
    held = [row for row in asked if row.passed]
    short = [
        f"- {one.title}: {row.what}, {row.measured}, asked {row.asked}"
        for one in sections
        for row in one.failed
    ]
    summary = f"{len(held)} of {len(asked)} figures are within what is asked of them."
    if short:
        summary += " These are not:\n\n" + "\n".join(short)
    parts = [HEAD, summary, *(one.markdown("../_static") for one in sections)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def main() -> int:
    """Measure; return 1 if a figure misses what is asked."""
    parser = argparse.ArgumentParser(prog="benchmarks.validation")
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--only", choices=sorted(PARTS), action="append")
    wanted = parser.parse_args()
    sections = []
    for name, measure in PARTS.items():
        if wanted.only and name not in wanted.only:
            continue
        start = time.process_time()
        section = measure()
        sections.append(section)
        print(f"\n{section.title} ({time.process_time() - start:.1f} CPU s)")
        for row in section.rows:
            mark = {True: "  ", False: "X ", None: "- "}[row.passed]
            print(f"  {mark}{row.what}: {row.measured} [{row.asked}]")
    if wanted.write_docs and not wanted.only:
        for section in sections:
            (PICTURES / f"validation-{section.name}.png").write_bytes(section.picture)
        PAGE.write_text(page(sections), "utf-8")
    return int(any(section.failed for section in sections))


if __name__ == "__main__":
    sys.exit(main())

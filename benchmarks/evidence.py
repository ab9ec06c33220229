"""Count what the signs of missing contrast are worth, on simulated studies.

    python -m benchmarks.evidence make FOLDER             simulate, resumable
    python -m benchmarks.evidence collect FOLDER          read, keep the signs
    python -m benchmarks.evidence fit FOLDER [--write]    weigh them, tell, put in

The studies serve for nothing else. Each is read twice: as it is, and with tissue as
strong as in real mammograms (`strong_tissue`). Weights are those of a logistic
regression, held back by a ridge; beside it small trees are grown. What is told of both
is measured on the half of the studies that each fit did not see. With --write what all
give goes to
`finders/evidence.toml` and `finders/evidence.npz`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.calibration_studies import make, of_evidence
from benchmarks.children import ROOT
from benchmarks.evidence_painted import places
from benchmarks.evidence_painted import studies as painted
from benchmarks.sign_weights import fitted, one_a_place
from benchmarks.strong_tissue import strengthened
from galactograph.finders._evidence import heard
from galactograph.finders._trees import Forest, save
from galactograph.trials.documents import pixel_mm
from galactograph.trials.findings import DEFECTS, RATES, Target, froc
from galactograph.values.arrays import Floats
from galactograph.values.report import Reading

PLACE = ROOT / "src" / "galactograph" / "finders" / "evidence.toml"

RIDGE = 8.0
"""Held against each weight of a sign scaled to unit spread. source: assumed, between 1
and 20 it makes no difference on development studies (measured)."""

STRONG_SEED = 8_983_000
"""Of the tissue that is laid over the studies."""

FALSE_WORTH = 1 / 3
"""Of one false place beside one body: far more false places are collected. assumed."""

_FOR = (
    *("drop", "clear", "enclosed", "depth", "rim", "roundness", "match", "lumen"),
    *("even", "snr", "wet", "walls", "fills", "shore", "solid"),
    *(f"ring{k}_{part}" for k in range(3) for part in ("least", "quarter", "most")),
)
_AGAINST = (
    *(
        "scatter",
        "aspect",
        "solidity",
        "wider",
        "narrower",
        "bend",
        "aside",
        "concentric",
    ),
    *("amplitude", "off_axis", "overlap", "nipple"),
    *("twofold", "parted", "misfit", "kept", "uneven", "dry"),
)
WAYS = {**dict.fromkeys(_FOR, 1), **dict.fromkeys(_AGAINST, -1)}
"""Signs that can only speak for a body, and those that can only speak against it:
chance in a few studies must not turn physics round. The rest may do either."""

SORTS = ("outlined", "dotted", "enclosed")

Row = Mapping[str, Any]
Judge = Callable[[Row], float]


def rows_of(reading: Reading, about: Row, targets: Sequence[Target]) -> Iterator[Row]:
    """Yield every place of a reading that is weighed, beside what is true of it.

    `about` is what is true of the view, as in `truth.json`.
    """
    view = about["source"]
    for row in places(reading, view, pixel_mm(about)):
        away = {
            number: float(np.hypot(*np.subtract(row["spot_mm"], target.spots[view])))
            for number, target in enumerate(targets)
            if view in target.spots
        }
        bodies = {k: far for k, far in away.items() if targets[k].kind in DEFECTS}
        hits = [(far, k) for k, far in bodies.items() if far <= targets[k].hit_mm]
        yield {
            **row,
            "lesion": min(hits)[1] if hits else None,
            "near": bool(any(far <= targets[k].near_mm for k, far in away.items())),
        }


def study_of(readings: Sequence[Reading], truth: Row, name: str) -> dict[str, Any]:
    """Return what is kept of a study that was read."""
    from benchmarks.worker import truth_of
    from galactograph.finders._places import readable
    from galactograph.trials.documents import targets

    known = targets(truth)
    rows: list[Row] = []
    for reading in readings:
        about = truth_of(reading, dict(truth))
        if about is not None and readable(reading):
            rows += rows_of(reading, about, known)
    return {
        "study": name,
        "views": len(readings),
        "lesions": [
            {"kind": t.kind, "size_mm": t.size_mm, "seen": bool(t.spots)} for t in known
        ],
        "rows": rows,
    }


def collect(folder: Path, *, part: int = 0, parts: int = 1) -> None:
    """Read every study of a folder that was not read yet; keep its signs beside it."""
    import galactograph
    from galactograph.dicom.study import load
    from galactograph.trials.documents import load_truth

    places = sorted(p for p in folder.iterdir() if (p / "truth").is_dir())
    ways = [(place, strong) for place in places for strong in (False, True)]
    for number, (place, strong) in list(enumerate(ways))[part::parts]:
        name = f"{place.name}-strong" if strong else place.name
        file = folder / f"{name}.evidence.json"
        if not file.exists():
            views = load(place)
            if strong:
                views = strengthened(views, seed=STRONG_SEED + number)
            report = galactograph.read(views)
            kept = study_of(report.readings, load_truth(place), name)
            file.write_text(json.dumps([kept]), "utf-8")
    file = folder / "painted.evidence.json"
    if part == 0 and not file.exists():
        file.write_text(json.dumps(list(painted())), "utf-8")


def fit(studies: Sequence[Row], sort: str) -> dict[str, float]:
    """Return the weight of each sign and the constant, for one sort of place."""
    return fitted(*_cases(studies, sort), WAYS, RIDGE)


def forest(studies: Sequence[Row], sort: str) -> Forest:
    """Return the trees for one sort of place."""
    from benchmarks.evidence_trees import grow

    return grow(*_cases(studies, sort), WAYS)


def _cases(
    studies: Sequence[Row], sort: str
) -> tuple[list[Mapping[str, float]], Floats, Floats]:
    """Return signs, what is real, and what each counts, for one sort of place.

    All places at one body count as one; others near a lesion do not count.
    """
    kept = [
        (study["study"], row)
        for study in studies
        for row in study["rows"]
        if row["sort"] == sort and (row["lesion"] is not None or not row["near"])
    ]
    keys = [(study, row["view"], row["lesion"]) for study, row in kept]
    each = Counter(keys)
    return (
        [row["signs"] for _, row in kept],
        np.array([float(row["lesion"] is not None) for _, row in kept]),
        np.array(
            [1 / each[key] if key[2] is not None else FALSE_WORTH for key in keys]
        ),
    )


def judge(studies: Sequence[Row]) -> Judge:
    """Return what tells the chance of a place, from what these studies teach."""
    taught = {sort: (fit(studies, sort), forest(studies, sort)) for sort in SORTS}
    return lambda row: heard(*taught[row["sort"]], row["signs"])


def marks(study: Row, told: Judge) -> list[tuple[float, Row]]:
    """Return the places of a study, the likeliest first, none twice."""
    return one_a_place([(told(row), row) for row in study["rows"]], _same)


def _same(row: Row, other: Row) -> bool:
    apart = np.hypot(*np.subtract(row["spot_mm"], other["spot_mm"]))
    reach = 0.5 * max(row["length_mm"], other["length_mm"], 1.0)
    return bool(row["view"] == other["view"] and apart < reach)


def halves(studies: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Return two halves; each kind of study is spread over both, each woman in one."""
    names = sorted({_woman(study) for study in studies})
    first = set(names[::2])
    sides: tuple[list[Row], list[Row]] = ([], [])
    for study in studies:
        sides[_woman(study) not in first].append(study)
    return sides


def _woman(study: Row) -> str:
    """Return the name of a study, whatever tissue it was read with."""
    return str(study["study"]).removesuffix("-strong")


def held_out(studies: Sequence[Row]) -> list[tuple[Row, list[tuple[float, Row]]]]:
    """Return each study with its marks, by weights of the half that it is not in."""
    one, two = halves(studies)
    found = []
    for seen, unseen in ((one, two), (two, one)):
        told = judge(seen)
        found += [
            (study, marks(study, told)) for study in unseen if not study.get("painted")
        ]
    return found


def sensitivities(
    found: Sequence[tuple[Row, list[tuple[float, Row]]]], low: float, high: float
) -> tuple[int, dict[float, float]]:
    """Return how many bodies of a size there are, and the share found by false rate."""
    hits: list[float | None] = []
    false: list[float] = []
    for study, listed in found:
        for number, lesion in enumerate(study["lesions"]):
            if lesion["kind"] in DEFECTS and low <= lesion["size_mm"] < high:
                if not lesion["seen"]:
                    continue
                sure = [s for s, row in listed if row["lesion"] == number]
                hits.append(max(sure, default=None))
        false += [s for s, row in listed if row["lesion"] is None and not row["near"]]
    curve = froc(hits, false, sum(study["views"] for study, _ in found))
    return len(hits), {rate: curve.at(rate) for rate in (0.1, *RATES)}


def told(studies: Sequence[Row]) -> str:
    """Return what the weights are worth where they were not fitted."""
    found = held_out(studies)
    lines = ["bodies found at false marks an image, half of the studies held out"]
    for low, high in ((0.3, 0.5), (0.5, 1.0), (1.0, 99.0)):
        count, rates = sensitivities(found, low, high)
        if count:
            shares = "  ".join(
                f"{rate:g}: {share:.2f}" for rate, share in rates.items()
            )
            lines.append(f"  {low:g} to {high:g} mm, {count} bodies   {shares}")
    return "\n".join(lines)


def toml(studies: Sequence[Row]) -> str:
    """Return the weights as the program keeps them."""
    painted = sum(bool(study.get("painted")) for study in studies)
    of_women = len({_woman(study) for study in studies if not study.get("painted")})
    lines = [
        "# What each sign of missing contrast adds to the log odds of being a body,",
        "# per unit of the sign (finders/_evidence.py says what each is).",
        "# By `python -m benchmarks.evidence fit --write`.",
        f'source = "measured on {of_women} simulated studies, {painted} painted ducts"',
    ]
    for sort in SORTS:
        lines += ["", f"[weight.{sort}]"]
        lines += [f"{name} = {value:.4g}" for name, value in fit(studies, sort).items()]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Collect or fit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evidence")
    parser.add_argument("what", choices=("make", "collect", "fit"))
    parser.add_argument("folder", help="simulated studies, and what is kept of them")
    parser.add_argument("--part", type=int, default=0, help="which share to collect")
    parser.add_argument("--parts", type=int, default=1, help="of how many")
    parser.add_argument("--write", action="store_true", help="into the program")
    options = parser.parse_args(arguments)
    folder = Path(options.folder)
    if options.what == "make":
        make(folder, of_evidence())
        return 0
    if options.what == "collect":
        collect(folder, part=options.part, parts=options.parts)
        return 0
    kept = sorted(folder.glob("*.evidence.json"))
    studies = [one for file in kept for one in json.loads(file.read_text("utf-8"))]
    if not studies:
        print(f"{folder} holds nothing collected; run collect", file=sys.stderr)
        return 1
    print(told(studies))
    if options.write:
        PLACE.write_text(toml(studies), "utf-8")
        save(PLACE.with_suffix(".npz"), {sort: forest(studies, sort) for sort in SORTS})
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Count what the signs of disease along a duct are worth, on simulated studies.

    python -m benchmarks.chances collect FOLDER          read, keep the signs
    python -m benchmarks.chances fit FOLDER [--write]    weigh them, tell, put in

FOLDER holds simulated studies (`python -m benchmarks.calibrate make FOLDER` makes some)
that serve for nothing else. One logistic regression a kind of finding, held back by a
ridge; what is told of it is measured on the half of the studies that each fit did not
see. With --write the weights of all go to `finders/chances.toml`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.children import ROOT
from benchmarks.evidence import halves
from benchmarks.sign_weights import fitted, one_a_place
from galactograph.finders import ectasia, narrowing
from galactograph.finders._chances import Candidate, odds
from galactograph.finders._places import logistic
from galactograph.trials.findings import RATES, Target, froc
from galactograph.values.report import Reading

PLACE = ROOT / "src" / "galactograph" / "finders" / "chances.toml"

RIDGE = 6.0
"""Held against each weight of a sign scaled to unit spread. source: assumed"""

KINDS: dict[str, Callable[[Reading], Iterable[Candidate]]] = {
    "narrowing": narrowing.candidates,
    "ectasia": ectasia.candidates,
}
"""Whose candidates are weighed, by the kind that they tell."""

WAYS = {
    **dict.fromkeys(("scatters", "beside_walled", "bell", "bell_outline"), 1),
    **dict.fromkeys(("over", "length", "support", "others"), 1),
    **dict.fromkeys(("ratio", "outline", "aside", "edge", "steady", "nipple"), -1),
    **dict.fromkeys(("misshaped", "peaked", "near"), -1),
}
"""Signs that can only speak for a lesion, and those that can only speak against it:
chance in a few studies must not turn physics round. The rest may do either."""

Weights = Mapping[str, Mapping[str, float]]
Row = Mapping[str, Any]


def rows_of(
    reading: Reading, view: str, mm: float, kind: str, targets: Sequence[Target]
) -> list[Row]:
    """Return every candidate of a kind in a reading, beside what is true of it.

    Parameters
    ----------
    view, mm
        Name of the view in its truth, and size of a pixel.
    """
    return [
        {
            "kind": kind,
            "view": view,
            "spot_mm": np.multiply(one.spot_px, mm).tolist(),
            "apart_mm": one.apart_mm,
            "signs": dict(one.signs),
            **beside(np.multiply(one.spot_px, mm), view, kind, targets),
        }
        for one in KINDS[kind](reading)
    ]


def beside(
    spot_mm: Any,  # noqa: ANN401  a place, (2,)
    view: str,
    kind: str,
    targets: Sequence[Target],
) -> dict[str, Any]:
    """Return which lesion of its kind a place belongs to, and if any is near."""
    away = {
        number: float(np.hypot(*np.subtract(spot_mm, target.spots[view])))
        for number, target in enumerate(targets)
        if view in target.spots
    }
    near = {k: far for k, far in away.items() if far <= targets[k].near_mm}
    own = [(far, k) for k, far in near.items() if targets[k].kind == kind]
    return {"lesion": min(own)[1] if own else None, "near": bool(near)}


def study_of(readings: Sequence[Reading], truth: Row, name: str) -> dict[str, Any]:
    """Return what is kept of a study that was read."""
    from benchmarks.worker import truth_of
    from galactograph.trials.documents import pixel_mm, targets

    known = targets(truth)
    rows: list[Row] = []
    for reading in readings:
        about = truth_of(reading, dict(truth))
        if about is None:
            continue
        for kind in KINDS:
            rows += rows_of(reading, about["source"], pixel_mm(about), kind, known)
    return {
        "study": name,
        "views": len(readings),
        "lesions": [
            {
                "kind": target.kind,
                "near_mm": target.near_mm,
                "spots": {view: list(spot) for view, spot in target.spots.items()},
            }
            for target in known
        ],
        "rows": rows,
    }


def collect(folder: Path) -> None:
    """Read every study of a folder that was not read yet; keep its signs beside it."""
    import galactograph
    from galactograph.trials.documents import load_truth

    for place in sorted(p for p in folder.iterdir() if (p / "truth").is_dir()):
        file = folder / f"{place.name}.chances.json"
        if not file.exists():
            report = galactograph.read(place)
            kept = study_of(report.readings, load_truth(place), place.name)
            file.write_text(json.dumps(kept), "utf-8")


def weigh(studies: Sequence[Row]) -> Weights:
    """Return the weights of the signs of every kind.

    All candidates at one lesion in one view count as one; those near a lesion of
    another kind do not count.
    """
    found: dict[str, dict[str, float]] = {}
    for kind in KINDS:
        kept = [
            (study["study"], row)
            for study in studies
            for row in candidates(study, kind)
            if row["lesion"] is not None or not row["near"]
        ]
        keys = [(study, row["view"], row["lesion"]) for study, row in kept]
        each = Counter(keys)
        found[kind] = fitted(
            [row["signs"] for _, row in kept],
            np.array([float(row["lesion"] is not None) for _, row in kept]),
            np.array([1 / each[key] if key[2] is not None else 1.0 for key in keys]),
            WAYS,
            RIDGE,
        )
    return found


def candidates(study: Row, kind: str) -> list[Row]:
    """Return the candidates of a kind in a study."""
    return [row for row in study["rows"] if row["kind"] == kind]


def marks(study: Row, weights: Weights, kind: str) -> list[tuple[float, Row]]:
    """Return the candidates of a study by these weights, one a place, surest first."""
    every = [
        (logistic(odds(weights[kind], row["signs"])), row)
        for row in candidates(study, kind)
    ]
    return one_a_place(every, _same)


def _same(row: Row, other: Row) -> bool:
    apart = np.hypot(*np.subtract(row["spot_mm"], other["spot_mm"]))
    return bool(row["view"] == other["view"] and apart <= row["apart_mm"])


Found = Sequence[tuple[Row, list[tuple[float, Row]]]]


def held_out(studies: Sequence[Row]) -> dict[str, Found]:
    """Return for each kind each study with its marks, by weights of the other half."""
    one, two = halves(studies)
    found: dict[str, list[tuple[Row, list[tuple[float, Row]]]]] = {}
    for seen, unseen in ((one, two), (two, one)):
        weights = weigh(seen)
        for kind in KINDS:
            found.setdefault(kind, []).extend(
                (study, marks(study, weights, kind)) for study in unseen
            )
    return dict(found)


def sensitivities(found: Found, kind: str) -> tuple[int, dict[float, float]]:
    """Return how many lesions there are, and the share found by false marks a view."""
    hits: list[float | None] = []
    false: list[float] = []
    for study, listed in found:
        for number, lesion in enumerate(study["lesions"]):
            if lesion["kind"] == kind and lesion["spots"]:
                sure = [s for s, row in listed if row["lesion"] == number]
                hits.append(max(sure, default=None))
        false += [s for s, row in listed if not row["near"]]
    curve = froc(hits, false, sum(study["views"] for study, _ in found))
    return len(hits), {rate: curve.at(rate) for rate in (0.1, *RATES)}


def told(studies: Sequence[Row]) -> str:
    """Return what the weights are worth where they were not fitted."""
    lines = ["found at false marks a view, half of the studies held out"]
    for kind, found in held_out(studies).items():
        count, rates = sensitivities(found, kind)
        shares = "  ".join(f"{rate:g}: {share:.2f}" for rate, share in rates.items())
        lines.append(f"  {kind}, {count}   {shares}")
    return "\n".join(lines)


def toml(studies: Sequence[Row]) -> str:
    """Return the weights as the program keeps them."""
    lines = [
        "# What each sign of disease along a duct adds to the log odds of its being",
        "# real, per unit of the sign. By `python -m benchmarks.chances fit --write`.",
        f'source = "measured on {len(studies)} simulated studies"',
    ]
    for kind, weights in weigh(studies).items():
        lines += ["", f"[weight.{kind}]"]
        lines += [f"{name} = {value:.4g}" for name, value in weights.items()]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Collect or fit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chances")
    parser.add_argument("what", choices=("collect", "fit"))
    parser.add_argument("folder", help="simulated studies, and what is kept of them")
    parser.add_argument("--write", action="store_true", help="into the program")
    options = parser.parse_args(arguments)
    folder = Path(options.folder)
    if options.what == "collect":
        collect(folder)
        return 0
    kept = sorted(folder.glob("*.chances.json"))
    studies = [json.loads(file.read_text("utf-8")) for file in kept]
    if not studies:
        print(f"{folder} holds nothing collected; run collect", file=sys.stderr)
        return 1
    print(told(studies))
    if options.write:
        PLACE.write_text(toml(studies), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

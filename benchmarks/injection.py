"""Measure how virtual women are filled: volumes, pressures, what goes wrong, and time.

python -m benchmarks.injection                  print the figures
python -m benchmarks.injection --write-docs     and put them into the documentation
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.children import ROOT, fingerprint
from benchmarks.pages import fill, table
from galactograph.contrast import Settings, inject, volumes_ml
from galactograph.phantom.anatomy import Anatomy, LesionName, draw
from galactograph.phantom.breast import grow
from galactograph.seeds import stream
from galactograph.values.codes import FindingKind, Laterality
from galactograph.values.procedure import Injection, StopRule
from galactograph.values.tree import DuctTree
from galactograph.values.truth import Breast, Filling

PAGE = ROOT / "docs" / "explanation" / "injection.md"
PICTURE = ROOT / "docs" / "_static" / "injection.png"
FIRST_SEED = 7_300_000
WOMEN = 40

WIDE_MM = 0.2
"""Calibre from which a duct is asked to be seen."""

SEEN_MG_ML = 15.0
"""Iodine from which the simulator calls a duct visible."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Women of one kind, injected in one way."""

    name: str
    lesion: LesionName
    order: Injection
    obstructs: bool | None = None


GROUPS = (
    Group(name="normal", lesion="normal", order=Injection(volume_ml=1.0)),
    Group(
        name="papilloma, passable",
        lesion="papilloma",
        order=Injection(volume_ml=1.0),
        obstructs=False,
    ),
    Group(
        name="papilloma, obstructing",
        lesion="papilloma",
        order=Injection(volume_ml=1.0),
        obstructs=True,
    ),
    Group(name="ectasia", lesion="ectasia", order=Injection(volume_ml=3.0)),
    Group(
        name="normal, stopped at reflux or pain only",
        lesion="normal",
        order=Injection(volume_ml=1.0, stop_at=StopRule.REFLUX),
    ),
    Group(
        name="normal, 1 mL forced at 0.05 mL/s",
        lesion="normal",
        order=Injection(volume_ml=1.0, stop_at=StopRule.VOLUME, rate_ml_s=0.05),
    ),
)


def woman(seed: int, group: Group) -> Breast:
    """Return one woman of a group; the same seed is the same woman in all of them."""
    return _grown(seed, group.lesion, group.obstructs)


@cache
def _grown(seed: int, lesion: LesionName, obstructs: bool | None) -> Breast:  # noqa: FBT001
    anatomy = Anatomy(lesion=lesion, obstructs=obstructs)
    build = draw(anatomy, rng=stream(seed, "anatomy"))
    return grow(build, Laterality.LEFT, seed=seed, rng=stream(seed, "breast"))


def injected(seed: int, group: Group, breast: Breast | None = None) -> Filling:
    """Inject one woman of a group."""
    return inject(
        breast or woman(seed, group), group.order, rng=stream(seed, "injection")
    )


def seen_share(breast: Breast, filling: Filling) -> float:
    """Return the share of the length of wide ducts that is seen."""
    tree = breast.tree
    wide = 2 * tree.radii_mm >= WIDE_MM
    seen = filling.iodine_mg_ml > SEEN_MG_ML
    return float(tree.lengths_mm[wide & seen].sum() / tree.lengths_mm[wide].sum())


def _range(values: Sequence[float], digits: int) -> str:
    low, middle, high = np.percentile(values, [5, 50, 95])
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def row(group: Group, women: int) -> list[str]:
    """Return one line of the table."""
    lumen, given, pressure, seen = [], [], [], []
    reasons: Counter[str] = Counter()
    torn = well = 0
    for seed in range(FIRST_SEED, FIRST_SEED + women):
        breast = woman(seed, group)
        filling = injected(seed, group, breast)
        lumen.append(float(volumes_ml(breast.tree).sum()))
        given.append(filling.course.given_ml)
        pressure.append(filling.course.most_mmhg)
        seen.append(seen_share(breast, filling))
        reasons[filling.course.stopped_by] += 1
        torn += filling.tear >= 0
        well += seen[-1] >= 0.85
    ends = ", ".join(f"{count} {why}" for why, count in reasons.most_common())
    return [
        group.name,
        _range(lumen, 2),
        _range(given, 2),
        _range(pressure, 0),
        _range(seen, 2),
        f"{well}/{women}",
        ends,
        f"{torn}/{women}",
    ]


def plausible(trunk_mm: float) -> DuctTree:
    """Return the design's dichotomous tree: 8 levels, 256 ends, thinned evenly."""
    calibres = np.geomspace(trunk_mm, trunk_mm / 15, 9)
    lengths = np.concatenate([[20.0], np.geomspace(15.0, 3.0, 8)])
    points, parents, radii = [np.zeros(3)], [-1], [trunk_mm / 3]
    ends = [(0, 0.0)]
    for level in range(9):
        grown = []
        for up, turn in ends:
            for side in (0.0,) if level == 0 else (-1.0, 1.0):
                angle, at = turn + side * 0.9 / (level + 1), up
                length = lengths[level] + 10.0 * (level == 0)
                count = max(round(length / 0.5), 2)
                way = np.array([np.sin(angle), np.cos(angle), 0.01 * side])
                for _ in range(count):
                    points.append(points[at] + way * length / count)
                    parents.append(at)
                    radii.append(calibres[level] / 2)
                    at = len(points) - 1
                grown.append((at, angle))
        ends = grown
    return DuctTree(
        points_mm=np.array(points), parents=np.array(parents), radii_mm=np.array(radii)
    )


def plain(tree: DuctTree) -> Breast:
    """Return a breast of one duct system."""
    return Breast(laterality=Laterality.LEFT, thickness_mm=50, lobes=(tree,))


def design_row(trunk_mm: float, women: int) -> list[str]:
    """Return the line of the design's tree, with `women` draws of seals and walls."""
    tree = plausible(trunk_mm)
    fillings = [
        inject(plain(tree), Injection(volume_ml=3.0), rng=stream(seed, "injection"))
        for seed in range(FIRST_SEED, FIRST_SEED + women)
    ]
    seen = [seen_share(plain(tree), f) for f in fillings]
    reasons = Counter(f.course.stopped_by for f in fillings)
    return [
        f"plain dichotomous tree, trunk {trunk_mm} mm",
        f"{volumes_ml(tree).sum():.2f}",
        _range([f.course.given_ml for f in fillings], 2),
        _range([f.course.most_mmhg for f in fillings], 0),
        _range(seen, 2),
        f"{sum(s >= 0.85 for s in seen)}/{women}",
        ", ".join(f"{count} {why}" for why, count in reasons.most_common()),
        f"{sum(f.tear >= 0 for f in fillings)}/{women}",
    ]


def divided(tree: DuctTree, parts: int) -> DuctTree:
    """Return the same tree with every piece cut into `parts`."""
    points, parents, radii = [tree.points_mm[0]], [-1], [float(tree.radii_mm[0])]
    place = {0: 0}
    for n in range(1, len(tree)):
        up = int(tree.parents[n])
        last = place[up]
        for k in range(1, parts + 1):
            a = k / parts
            points.append((1 - a) * tree.points_mm[up] + a * tree.points_mm[n])
            radii.append(float((1 - a) * tree.radii_mm[up] + a * tree.radii_mm[n]))
            parents.append(last)
            last = len(points) - 1
        place[n] = last
    return DuctTree(
        points_mm=np.array(points), parents=np.array(parents), radii_mm=np.array(radii)
    )


def speed() -> list[list[str]]:
    """Return points of a tree, and CPU seconds of one injection (best of 3)."""
    breast = woman(FIRST_SEED, GROUPS[0])
    rows = []
    for parts in (1, 5, 20):
        tree = divided(breast.tree, parts)
        order = Injection(volume_ml=1.0)
        taken = []
        for _ in range(3):
            start = time.process_time()
            inject(plain(tree), order, rng=stream(FIRST_SEED, "injection"))
            taken.append(time.process_time() - start)
        rows.append([str(len(tree)), f"{min(taken):.2f}"])
    return rows


def worst_loss(women: int) -> float:
    """Return the largest relative error of the iodine's account over all groups."""
    worst = 0.0
    for group in GROUPS:
        for seed in range(FIRST_SEED, FIRST_SEED + women):
            f = injected(seed, group)
            told = f.filled_mg + f.refluxed_mg + f.leaked_mg
            worst = max(worst, abs(told / f.injected_mg - 1))
    return worst


def shown() -> list[tuple[str, str, Filling]]:
    """Return the five injections that are drawn: name, colour, filling."""
    normal, passable, shut, ectasia, *_ = GROUPS
    deaf = replace(
        normal, order=Injection(volume_ml=0.4, stop_at=StopRule.VOLUME, rate_ml_s=0.01)
    )
    seeds = range(FIRST_SEED, FIRST_SEED + WOMEN)
    torn = next(f for f in (injected(s, deaf) for s in seeds) if f.tear >= 0)
    early = next(s for s in seeds if _shut_near(woman(s, shut)))
    return [
        ("normal", "#2a6fb0", injected(FIRST_SEED, normal)),
        ("papilloma, passable", "#3a9a5b", injected(FIRST_SEED, passable)),
        ("ectasia", "#b5651d", injected(FIRST_SEED, ectasia)),
        ("papilloma, obstructing", "#7a4fb5", injected(early, shut)),
        ("never stopped: a wall tears", "#c0392b", torn),
    ]


def _shut_near(breast: Breast) -> bool:
    """Tell whether a lesion shuts off a good part of the duct system."""
    tree = breast.tree
    stops = [
        x.node for x in breast.lesions if x.kind is FindingKind.TERMINATION and x.blocks
    ]
    beyond = np.zeros(len(tree), bool)
    beyond[stops] = True
    for n in range(1, len(tree)):
        beyond[n] |= beyond[tree.parents[n]]
    return bool(0.4 < tree.lengths_mm[beyond].sum() / tree.total_length_mm < 0.8)


def _in_ducts_ml(filling: Filling) -> np.ndarray:
    """Return what was given and neither came back nor leaked, mL."""
    course = filling.course
    return course.volume_ml - course.refluxed_ml - course.leaked_ml


def draw_courses(path: Path) -> None:
    """Draw pressure, volume and filled length against time."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(
        3, 1, figsize=(8.2, 9.0), sharex=True, layout="constrained"
    )
    reads: tuple[Callable[[Filling], np.ndarray], ...] = (
        lambda f: f.course.pressure_mmhg,
        _in_ducts_ml,
        lambda f: f.course.filled_length_mm / 1000,
    )
    names = ("pressure in the duct, mmHg", "contrast, mL", "filled length, m")
    for panel, read, name in zip(panels, reads, names, strict=True):
        for label, colour, filling in shown():
            times, values = filling.course.times_s, read(filling)
            panel.plot(times, values, color=colour, lw=1.8, label=label)
            panel.plot(times[-1], values[-1], "o", color=colour, ms=5)
            if read is _in_ducts_ml:
                panel.plot(times, filling.course.volume_ml, ":", color=colour, lw=1.2)
        panel.set_ylabel(name)
        panel.set_ylim(bottom=0)
        panel.grid(color="#dddddd", lw=0.6)
        panel.spines[["top", "right"]].set_visible(False)
    low, high = Settings().pain_mmhg
    panels[0].axhspan(low, high, color="#f3d9d6", lw=0, zorder=0)
    panels[0].text(
        0.01,
        (low + high) / 2,
        "discomfort (assumed)",
        transform=panels[0].get_yaxis_transform(),
        ha="left",
        va="center",
        color="#8c4a44",
    )
    panels[0].legend(frameon=False, loc="upper left")
    panels[0].set_title("Simulated injections of one duct system; a dot is the stop")
    panels[1].text(
        0.01,
        0.95,
        "dotted: given; line: in the ducts",
        transform=panels[1].transAxes,
        va="top",
    )
    panels[-1].set_xlabel("time, s (logarithmic)")
    panels[-1].set_xscale("log")
    panels[-1].set_xlim(1, 150)
    panels[-1].set_xticks(
        [1, 2, 5, 10, 20, 50, 100], ["1", "2", "5", "10", "20", "50", "100"]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def report(women: int) -> str:
    """Return the figures as Markdown."""
    head = [
        "who",
        "lumen, mL",
        "given, mL",
        "highest pressure, mmHg",
        "seen, of ducts from 0.2 mm",
        "85 % seen",
        "stopped by",
        "tears",
    ]
    rows = [row(group, women) for group in GROUPS]
    rows += [design_row(1.5, women), design_row(4.0, women)]
    times = table(["points of the tree", "CPU s, one thread"], speed())
    loss = worst_loss(min(women, 10))
    return (
        f"{women} virtual women a row, the same ones in each, seeds from {FIRST_SEED}; "
        "median (5th to 95th percentile); iohexol 300 at 37 degrees, 0.01 mL/s where "
        f"nothing else is said; sources {fingerprint()}.\n\n"
        f"{table(head, rows)}\n\n"
        f"Iodine that the account does not explain: {loss:.0e} of what was given, at "
        f"most.\n\n{times}"
    )


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--women", type=int, default=WOMEN)
    parser.add_argument("--write-docs", action="store_true")
    asked = parser.parse_args()
    told = report(asked.women)
    print(told)
    if asked.write_docs:
        fill("injection", told, PAGE)
        draw_courses(PICTURE)


if __name__ == "__main__":
    main()

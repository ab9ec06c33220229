"""Grow virtual women and set their ducts beside the published figures.

    python -m benchmarks.duct_statistics                  40 women, printed
    python -m benchmarks.duct_statistics --write-docs     the same, into the docs

Nothing is rendered: growth alone is measured. Lobules are left out of everything that
is counted by branch, as they are in the published counts.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks import duct_pictures, pages
from benchmarks.children import ROOT
from galactograph.contrast import volumes_ml
from galactograph.phantom.anatomy import Anatomy, Build, draw
from galactograph.phantom.crossings import crossings
from galactograph.phantom.lesions import plant
from galactograph.phantom.lobes import LEAST_RADIUS_MM, Ducts, grow_ducts
from galactograph.phantom.outline import rest_scale
from galactograph.phantom.planting import Planted
from galactograph.seeds import stream
from galactograph.values.tree import Branch, DuctTree

PAGE = ROOT / "docs" / "explanation" / "anatomy.md"
FIRST_SEED = 9_080_000


@dataclass
class Tally:
    """Everything measured on all women, by name."""

    lists: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    matrix: dict[tuple[int, int, int], int] = field(
        default_factory=lambda: defaultdict(int)
    )

    def add(self, name: str, *values: float) -> None:
        """Note values under a name."""
        self.lists[name].extend(float(value) for value in values)

    def three(self, name: str, digits: int = 2) -> str:
        """Return the 5th, 50th and 95th percentile."""
        low, middle, high = np.percentile(self.lists[name], [5, 50, 95])
        return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def without_lobules(tree: DuctTree) -> DuctTree:
    """Return a tree without its ductules."""
    keep = tree.radii_mm >= LEAST_RADIUS_MM
    keep[0] = True
    numbers = np.cumsum(keep) - 1
    parents = tree.parents[keep]
    return DuctTree(
        points_mm=tree.points_mm[keep],
        parents=np.where(parents >= 0, numbers[parents], -1),
        radii_mm=tree.radii_mm[keep],
    )


def grown(seed: int, anatomy: Anatomy) -> tuple[Build, Ducts]:
    """Grow the ducts of one woman."""
    build = draw(anatomy, rng=stream(seed, "anatomy"))
    scale = rest_scale(build.radius_mm, build.depth_mm, build.thickness_mm)
    rest = (scale * build.radius_mm, scale * build.depth_mm)
    ducts = grow_ducts(build, rest, 6.5, injected=0, rng=stream(seed, "breast"))
    return build, ducts


def _angle_deg(tree: DuctTree, branch: Branch, above: Branch) -> float:
    """Return the angle of a branch's chord to the end of the branch before it."""
    nodes = branch.nodes[: max(len(branch.nodes) // 2, 2)]
    ahead = tree.points_mm[above.nodes[-1]] - tree.points_mm[above.nodes[-3:][0]]
    chord = tree.points_mm[nodes[-1]] - tree.points_mm[nodes[0]]
    cosine = ahead @ chord / np.linalg.norm(ahead) / np.linalg.norm(chord)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def by_branch(tree: DuctTree, tally: Tally) -> None:
    """Measure the branches of one lobe, lobules left out."""
    s = tree.from_orifice_mm
    below: dict[int, list[int]] = defaultdict(list)
    for branch in tree.branches:
        generation = min(branch.generation, 12)
        middle = branch.nodes[len(branch.nodes) // 2]
        length = float(s[branch.nodes[-1]] - s[branch.nodes[0]])
        chord = tree.points_mm[branch.nodes[-1]] - tree.points_mm[branch.nodes[0]]
        tally.add(f"calibre {generation}", 2 * tree.radii_mm[middle])
        tally.add(f"length {generation}", length)
        tally.add("tortuosity", length / max(float(np.linalg.norm(chord)), 1e-9))
        if branch.parent is not None:
            below[branch.parent].append(branch.strahler)
            above = tree.branches[branch.parent]
            if len(above.nodes) >= 3:
                tally.add("angle", _angle_deg(tree, branch, above))
        if branch.strahler == 1:
            tally.add("generations", branch.generation)
            tally.add("path", s[branch.nodes[-1]])
            tally.add("terminal length", length)
            tally.add("terminal calibre", 2 * tree.radii_mm[branch.nodes[-1]])
    orders = np.bincount([b.strahler for b in tree.branches])[1:]
    tally.add("orders", len(orders))
    # A ratio of the top order, one or two branches, would be noise.
    tally.add("strahler", *(orders[:-2] / orders[1:-1]))
    for above_number, (one, *rest) in below.items():
        if len(rest) == 1:
            order = tree.branches[above_number].strahler
            low, high = sorted((one, rest[0]))
            tally.matrix[order, low, high] += 1


def two_before_tips(tree: DuctTree, tally: Tally) -> None:
    """Measure the calibre 2 mm before each blind end, lobules and all."""
    s = tree.from_orifice_mm
    for tip in tree.tips:
        node = tip
        while node > 0 and s[tip] - s[node] < 2.0:
            node = tree.parents[node]
        tally.add("before tip", 2 * tree.radii_mm[node])


def by_woman(seed: int, tally: Tally) -> None:
    """Grow one woman in full and measure her."""
    begin = time.process_time()
    build, ducts = grown(seed, Anatomy(lesion="normal", all_lobes=True))
    tally.add("cpu", time.process_time() - begin)
    tally.add("crossings", len(crossings(ducts.lobes, beyond_mm=0.0)))
    tally.add("segments of a breast", sum(len(t.branches) for t in ducts.lobes))
    shares = np.sort(ducts.territories.shares)[::-1]
    for count in (1, 3, 6):
        tally.add(f"top {count}", shares[:count].sum())
    tally.add("lobes", len(ducts.lobes))
    tally.add("nipple ducts", len(ducts.lobes) + len(ducts.blind))
    bare = [without_lobules(tree) for tree in ducts.lobes]
    tally.add("segments of the largest", max(len(t.branches) for t in bare))
    tree = ducts.lobes[0]
    tally.add("segments of the injected", len(bare[0].branches))
    tally.add("first fork", float(np.ptp(tree.points_mm[bare[0].branches[0].nodes, 1])))
    tally.add("trunk", build.trunk_mm)
    tally.add("fill", volumes_ml(tree).sum())
    tally.add("loops", len(ducts.loops))
    by_branch(bare[0], tally)
    two_before_tips(tree, tally)
    wide = draw(Anatomy(lesion="ectasia"), rng=stream(seed, "anatomy"))
    planted = plant(Planted(tree=tree), wide, stream(seed, "lesion"))
    tally.add("ectatic fill", volumes_ml(planted.tree).sum())
    for name in ("thickness_mm", "density", "volume_ml", "age_years"):
        tally.add(name, getattr(build, name))


def _rows(tally: Tally) -> list[list[str]]:
    """Return measured beside published, with the mark of the source."""
    lists = {name: np.array(values) for name, values in tally.lists.items()}
    link = np.corrcoef(lists["thickness_mm"], lists["density"])[0, 1]
    blunt = float((lists["before tip"] > 0.4).mean())
    looped = float((lists["loops"] > 0).mean())
    top = [f"{np.mean(lists[f'top {n}']):.2f}" for n in (1, 3, 6)]
    return [
        ["systems that open on the nipple", tally.three("lobes", 0), "5 to 12", "F"],
        ["ducts in the nipple", tally.three("nipple ducts", 0), "23 (IQR 19-28)", "F"],
        ["share of the 1, 3, 6 largest", ", ".join(top), "0.23, 0.5, 0.75", "M"],
        [
            "first fork behind the tip of the nipple, mm",
            tally.three("first fork", 1),
            "nipple + 8.0 +/- 5.5",
            "F",
        ],
        ["trunk, mm", tally.three("trunk"), "2 at most", "F2"],
        [
            "segments of the largest system",
            tally.three("segments of the largest", 0),
            "440",
            "F",
        ],
        [
            "segments of the injected system",
            tally.three("segments of the injected", 0),
            "400 wanted in VICTRE",
            "F",
        ],
        [
            "segments of a breast, lobules included",
            tally.three("segments of a breast", 0),
            "",
            "",
        ],
        [
            "generations to a terminal duct",
            tally.three("generations", 0),
            "8 to 12",
            "A/F",
        ],
        ["orifice to terminal duct, mm", tally.three("path", 0), "30 to 100", "A"],
        ["angle to the duct before, degrees", tally.three("angle", 0), "30-60", "M"],
        ["path over chord", tally.three("tortuosity", 3), "", ""],
        ["last segment, mm", tally.three("terminal length", 1), "1 to 4", "A"],
        ["terminal duct at its end, mm", tally.three("terminal calibre"), ".1-.3", "M"],
        ["calibre 2 mm before blind ends, mm", tally.three("before tip"), "", ""],
        ["blind ends over 0.4 mm wide there", f"{blunt:.4f}", "none normal", "F"],
        ["Strahler orders", tally.three("orders", 0), "3 to 5 visible", "M"],
        ["Strahler ratio of branches", tally.three("strahler"), "", ""],
        ["lobes with a loop", f"{looped:.2f}", "4 of 16", "F"],
        ["crossings of lobes in a breast", tally.three("crossings", 0), "none", "F"],
        ["volume of normal lumen, mL", tally.three("fill"), "0.1 to 0.5", "F"],
        ["the same with ectasia, mL", tally.three("ectatic fill"), "over 1", "D"],
        ["compressed thickness, mm", tally.three("thickness_mm", 0), "59 +/- 16", "F"],
        [
            "glandular fraction",
            f"{np.mean(lists['density']):.3f} mean",
            "0.193 mean",
            "F",
        ],
        ["thickness against density, r", f"{link:.2f}", "-0.65", "F"],
        ["breast volume, mL", tally.three("volume_ml", 0), "300-1500, median 700", "M"],
        ["processor time to grow a breast, s", tally.three("cpu"), "", ""],
    ]


def _generations(tally: Tally) -> list[list[str]]:
    """Return calibre and length by generation."""
    rows = []
    # Halving by the cube root of 2 at each fork, from 2.0 mm.
    for g in range(13):
        if f"calibre {g}" in tally.lists:
            count = len(tally.lists[f"calibre {g}"])
            rows.append(
                [
                    f"{g}" if g < 12 else "12 and more",
                    str(count),
                    tally.three(f"calibre {g}"),
                    f"{2.0 * 2 ** (-g / 3):.2f}",
                    tally.three(f"length {g}", 1),
                ]
            )
    return rows


def _r_matrix(tally: Tally) -> list[list[str]]:
    """Return the R-matrix: how forks of each order divide."""
    rows = []
    for order in range(2, 7):
        cells = {k: n for k, n in tally.matrix.items() if k[0] == order}
        total = sum(cells.values())
        if not total:
            continue
        for (_, low, high), count in sorted(cells.items()):
            if count / total >= 0.02:
                rows.append(
                    [
                        f"{order}",
                        f"{low} and {high}",
                        f"{count / total:.2f}",
                        f"{count}",
                    ]
                )
    return rows


def markdown(tally: Tally, women: int) -> str:
    """Write the tables for the docs."""
    intro = (
        f"{women} women without a lesion, seeds from {FIRST_SEED}, all lobes in full. "
        "Median (5th to 95th percentile). Marks of the published figures: F found in "
        "an abstract, F2 on a secondary page, M remembered, D derived, A assumed."
    )
    generations = (
        "Calibre and length by generation of the injected lobe. The column beside "
        "the calibre is Murray's law with exponent 3 and equal forks from 2.0 mm "
        "(derived); real forks are unequal."
    )
    matrix = (
        "R-matrix (Bakic 2003): how often a branch of one Strahler order divides "
        "into branches of two given orders; shares under 0.02 left out. No "
        "published values are known to compare with."
    )
    heads = (
        ["what", "grown", "published", "mark"],
        ["generation", "branches", "calibre, mm", "equal forks", "length, mm"],
        ["order", "divides into", "share", "forks"],
    )
    parts = [
        *(intro, pages.table(heads[0], _rows(tally))),
        *(generations, pages.table(heads[1], _generations(tally))),
        *(matrix, pages.table(heads[2], _r_matrix(tally))),
    ]
    return "\n\n".join(parts)


def main(arguments: list[str] | None = None) -> int:
    """Grow, measure, print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.duct_statistics",
        description=(__doc__ or "").split("\n")[0],
    )
    parser.add_argument("--women", type=int, default=40)
    parser.add_argument(
        "--write-docs", action="store_true", help="put figures and picture in the docs"
    )
    options = parser.parse_args(arguments)
    grown(FIRST_SEED, replace(Anatomy(lesion="normal"), branches=20))  # compiles
    tally = Tally()
    for seed in range(FIRST_SEED, FIRST_SEED + options.women):
        by_woman(seed, tally)
    text = markdown(tally, options.women)
    print(text)
    if options.write_docs:
        pages.fill("ducts", text, PAGE)
        duct_pictures.draw(
            [grown(FIRST_SEED + n, Anatomy(lesion="normal")) for n in range(6)],
            grown(FIRST_SEED + 1, Anatomy(lesion="normal", all_lobes=True)),
            ROOT / "docs" / "_static",
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""How a tree ramifies: orders, streams, the R-matrix, asymmetry.

Everything here sees only which fork hangs on which. A ramified tree is an array of
parents over V nodes: the root (0), then the outer end of every branch, parents first.
"""

from __future__ import annotations

import numpy as np

from galactograph.values.arrays import Floats, Ints
from galactograph.values.tree import DuctTree


def nodes_of(tree: DuctTree) -> Ints:
    """Return the parents of root, forks and tips, (V,); -1 at the root.

    Node b + 1 is the outer end of branch b of `tree.branches`.
    """
    above = [-1 if b.parent is None else b.parent for b in tree.branches]
    return np.array([-1, *(number + 1 for number in above)], np.int64)


def children_of(parents: Ints) -> list[list[int]]:
    """List the children of each node."""
    below: list[list[int]] = [[] for _ in range(len(parents))]
    for node, parent in enumerate(parents.tolist()):
        if parent >= 0:
            below[parent].append(node)
    return below


def orders(parents: Ints) -> Ints:
    """Return the Strahler order of each node, (V,); 1 at tips.

    A node takes the highest order of its children, one more if two of them have it.
    """
    found = np.ones(len(parents), np.int64)
    below = children_of(parents)
    for node in reversed(range(len(parents))):
        some = sorted((int(found[child]) for child in below[node]), reverse=True)
        if some:
            found[node] = some[0] + (some[:2] == [some[0]] * 2)
    return found


def tips_beyond(parents: Ints) -> Ints:
    """Return how many tips lie at or beyond each node, (V,)."""
    below = children_of(parents)
    count = np.array([not some for some in below], np.int64)
    for node in range(len(parents) - 1, 0, -1):
        count[parents[node]] += count[node]
    return count


def r_matrix(parents: Ints) -> Floats:
    """Return the ramification matrix, (K, K) for a tree of order K.

    Element [k - 1, j - 1] is the share of the forks of order k whose children have
    the orders k and j < k, or, for j = k, the orders k - 1 twice. Rows of k >= 2 sum
    to 1; the first row is 0, since tips do not fork. Of a fork into more than two,
    the two highest orders count.

    source: Bakic, Albert, Maidment 2003, Acad Radiol 10:198 (remembered); the
    convention for j = k is that of Viennot (remembered)
    """
    order, below = orders(parents), children_of(parents)
    counts = np.zeros((int(order[0]), int(order[0])))
    for node, some in enumerate(below):
        if len(some) < 2:
            continue
        k = int(order[node])
        first, second = sorted((int(order[child]) for child in some), reverse=True)[:2]
        counts[k - 1, (k if first == second else second) - 1] += 1
    total = counts.sum(axis=1, keepdims=True)
    share: Floats = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return share


def asymmetry(parents: Ints) -> float | None:
    """Return the mean partition asymmetry of the forks, in [0, 1]; None without forks.

    |r - s| / (r + s - 2) for r and s tips on the two sides, 0 for two tips; the mean
    over all pairs where a fork has more than two branches.

    source: Van Pelt, Uylings, Verwer et al. 1992, Bull Math Biol 54:759 (remembered)
    """
    tips = tips_beyond(parents)
    values = [
        np.mean(
            [
                abs(r - s) / max(r + s - 2, 1)
                for n, r in enumerate(sides)
                for s in sides[:n]
            ]
        )
        for sides in ([int(tips[c]) for c in some] for some in children_of(parents))
        if len(sides) > 1
    ]
    return float(np.mean(values)) if values else None


def streams(tree: DuctTree) -> tuple[Ints, Floats, Floats]:
    """Return by order 1..K: number of streams, mean length, mean calibre (mm).

    A stream is a run of branches of one order, one behind the other; its calibre is
    that of its points, weighed by length. A tree that forks at its very root has no
    stream of its highest order.
    """
    top = int(orders(nodes_of(tree))[0]) if tree.branches else 0
    count, length, area = np.zeros(top, np.int64), np.zeros(top), np.zeros(top)
    for branch in tree.branches:
        k = branch.strahler - 1
        above = branch.parent
        count[k] += above is None or tree.branches[above].strahler != branch.strahler
        steps = tree.lengths_mm[branch.nodes[1:]]
        wide = tree.radii_mm[branch.nodes]
        length[k] += steps.sum()
        area[k] += (steps * (wide[1:] + wide[:-1])).sum()
    return count, length / np.maximum(count, 1), area / np.maximum(length, 1e-12)


def horton_ratio(values: Floats) -> float | None:
    """Return by what factor values grow from an order to the next; None for one order.

    The slope of a line through their logarithms (Horton's laws); zeros are left out.
    """
    values = np.asarray(values, float)
    values = values[values > 0]
    if len(values) < 2:
        return None
    slope = np.polyfit(np.arange(len(values)), np.log(values), 1)[0]
    return float(np.exp(slope))

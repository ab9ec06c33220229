"""Hang every line where it costs least: moves of a forest until nothing gets cheaper.

An arc leads from one state into another; a state is twice the number of a line, one
more if it is walked from its last point to its first. `choosing` says what it all
means; here it is plain arrays: E lines, J arcs.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]
B1 = NDArray[np.bool_]


class Forest(NamedTuple):
    """Lines, the arcs by which they are entered, and room to work in.

    Attributes
    ----------
    before, after : int64, (J,)
        States that an arc leads from (-1 at a root) and into.
    cost : float64, (J,)
    starts, into : int64, (2 E + 1,) and (J,)
        Arcs into each state, the cheapest first.
    keys, between : int64, (P,)
        Pairs of states, before * 2 E + after, rising, and the cheapest arc of each.
    chosen : int64, (E,)
        Arc by which each line is entered; -1 for none.
    head, following, previous : int64, (E,)
        Lists of the lines that hang on each line; -1 ends them.
    active : bool, (2 E,)
        States that are walked.
    """

    before: I8
    after: I8
    cost: F8
    starts: I8
    into: I8
    keys: I8
    between: I8
    chosen: I8
    head: I8
    following: I8
    previous: I8
    active: B1


@njit(cache=True, nogil=True)
def settle(forest: Forest, rounds: int, gain: float, longest: int) -> None:
    """Move lines as long as that is cheaper by `gain`, at most `rounds` times round.

    `chosen` is changed in place. Parts of up to `longest` lines in a row are turned.
    """
    count = len(forest.chosen)
    for edge in range(count):
        if forest.chosen[edge] >= 0:
            _enter(forest, edge, forest.chosen[edge])
    plans = np.empty((3, 2, count + 1), np.int64)
    marks = np.zeros(count, np.bool_)
    for _ in range(rounds):
        moved = 0
        for edge in range(count):
            if forest.chosen[edge] >= 0:
                moved += _hang(forest, edge, gain)
                moved += _turn(forest, edge, gain, longest, plans, marks)
        if moved == 0:
            break


@njit(cache=True, nogil=True)
def _above(forest: Forest, edge: int) -> int:
    """Return the line that one hangs on; -1 for a first."""
    before = forest.before[forest.chosen[edge]]
    return before // 2 if before >= 0 else -1


@njit(cache=True, nogil=True)
def _within(forest: Forest, edge: int, top: int) -> bool:
    """Tell whether a line is `top` or hangs below it."""
    while edge >= 0 and edge != top:
        edge = _above(forest, edge)
    return edge == top


@njit(cache=True, nogil=True)
def _enter(forest: Forest, edge: int, arc: int) -> None:
    """Enter a line that is not entered."""
    forest.chosen[edge] = arc
    forest.active[forest.after[arc]] = True
    above = _above(forest, edge)
    if above >= 0:
        first = forest.head[above]
        forest.following[edge], forest.previous[edge] = first, -1
        if first >= 0:
            forest.previous[first] = edge
        forest.head[above] = edge


@njit(cache=True, nogil=True)
def _leave(forest: Forest, edge: int) -> None:
    """Enter a line no more; `chosen` keeps the arc."""
    forest.active[forest.after[forest.chosen[edge]]] = False
    above = _above(forest, edge)
    if above >= 0:
        left, right = forest.previous[edge], forest.following[edge]
        if right >= 0:
            forest.previous[right] = left
        if left >= 0:
            forest.following[left] = right
        else:
            forest.head[above] = right


@njit(cache=True, nogil=True)
def _open(forest: Forest, arc: int, edge: int) -> bool:
    """Tell whether an arc leads from the forest outside of a line's own part."""
    before = forest.before[arc]
    if before < 0:
        return True
    return forest.active[before] and not _within(forest, before // 2, edge)


@njit(cache=True, nogil=True)
def _joining(forest: Forest, before: int, after: int) -> int:
    """Return the cheapest arc from one state into another; -1 if there is none."""
    key = before * len(forest.active) + after
    at = np.searchsorted(forest.keys, key)
    if at < len(forest.keys) and forest.keys[at] == key:
        arc: int = forest.between[at]
        return arc
    return -1


@njit(cache=True, nogil=True)
def _hang(forest: Forest, edge: int, gain: float) -> int:
    """Hang a line, with all below it, where that is cheapest; return 1 if it moved."""
    state = forest.after[forest.chosen[edge]]
    now = forest.cost[forest.chosen[edge]] - gain
    for at in range(forest.starts[state], forest.starts[state + 1]):
        arc = forest.into[at]
        if forest.cost[arc] >= now:
            return 0
        if _open(forest, arc, edge):
            _leave(forest, edge)
            _enter(forest, edge, arc)
            return 1
    return 0


@njit(cache=True, nogil=True)
def _turn(
    forest: Forest, edge: int, gain: float, longest: int, plans: I8, marks: B1
) -> int:
    """Enter a part by the end of a line, if that is cheaper; return 1 if it moved."""
    best, size = -gain, 0
    state = forest.after[forest.chosen[edge]] ^ 1
    for at in range(forest.starts[state], forest.starts[state + 1]):
        arc = forest.into[at]
        before = forest.before[arc]
        if before >= 0 and (not forest.active[before] or before // 2 == edge):
            continue
        found, long = _turned(forest, edge, arc, best, longest, plans, marks)
        if long:
            best, size = found, long
    return _applied(forest, plans[1][:, :size], plans[2]) if size else 0


@njit(cache=True, nogil=True)
def _turned(
    forest: Forest,
    edge: int,
    arc: int,
    best: float,
    longest: int,
    plans: I8,
    marks: B1,
) -> tuple[float, int]:
    """Write the cheapest plan that enters a line by `arc` to the second of `plans`.

    Against its direction, and with so many lines above it as is cheapest. Returns the
    plan's cost and length; 0 if none is cheaper than `best`.
    """
    plan, kept = plans[0], plans[1]
    source = forest.before[arc] // 2 if forest.before[arc] >= 0 else -1
    plan[0, 0], plan[1, 0] = edge, arc
    size, steps, long = 1, 1, 0
    gain, feeding, below = forest.cost[arc], forest.before[arc], -1
    marks[edge] = True
    while steps <= longest:
        more, cost = _rehung(forest, edge, below, feeding, marks, plan[:, size:])
        if more < 0:
            break
        size += more
        gain += cost
        gain -= forest.cost[forest.chosen[edge]]
        if gain < best and (source < 0 or not _within(forest, source, edge)):
            best, long = gain, size
            kept[:, :size] = plan[:, :size]
        above = _above(forest, edge)
        if above in (-1, source):
            break
        feeding = forest.after[forest.chosen[edge]] ^ 1
        back = _joining(forest, feeding, forest.after[forest.chosen[above]] ^ 1)
        if back < 0:
            break
        gain += forest.cost[back]
        plan[0, size], plan[1, size] = above, back
        size += 1
        edge, below = above, edge
        steps += 1
        marks[edge] = True
    for at in range(size):
        marks[plan[0, at]] = False
    return best, long


@njit(cache=True, nogil=True)
def _rehung(
    forest: Forest, edge: int, below: int, feeding: int, marks: B1, plan: I8
) -> tuple[int, float]:
    """Write where the lines on a turned line hang now to `plan` (2, ...).

    Returns how many there are, -1 if one cannot hang, and what the change costs.
    """
    many = 0
    child = forest.head[edge]
    while child >= 0:
        if child != below:
            # In the order of their numbers, so that sums are the same every time.
            at = many
            while at > 0 and plan[0, at - 1] > child:
                plan[0, at] = plan[0, at - 1]
                at -= 1
            plan[0, at] = child
            many += 1
        child = forest.following[child]
    cost = 0.0
    for at in range(many):
        arc = _elsewhere(forest, plan[0, at], feeding, marks)
        if arc < 0:
            return -1, 0.0
        plan[1, at] = arc
        cost += forest.cost[arc] - forest.cost[forest.chosen[plan[0, at]]]
    return many, cost


@njit(cache=True, nogil=True)
def _elsewhere(forest: Forest, child: int, feeding: int, marks: B1) -> int:
    """Return the arc that a line hangs by if its parent is turned; -1 for none."""
    state = forest.after[forest.chosen[child]]
    arc = _joining(forest, feeding, state) if feeding >= 0 else -1
    for at in range(forest.starts[state], forest.starts[state + 1]):
        other: int = forest.into[at]
        if arc >= 0 and forest.cost[other] >= forest.cost[arc]:
            break
        before = forest.before[other]
        turned = before >= 0 and marks[before // 2]
        if not turned and _open(forest, other, child):
            return other
    return arc


@njit(cache=True, nogil=True)
def _applied(forest: Forest, plan: I8, old: I8) -> int:
    """Carry a plan out; undo it and return 0 if something hangs on itself then."""
    size = plan.shape[1]
    for at in range(size):
        old[0, at], old[1, at] = plan[0, at], forest.chosen[plan[0, at]]
    _carry(forest, plan)
    for at in range(size):
        if not _rooted(forest, plan[0, at]):
            _carry(forest, old[:, :size])
            return 0
    return 1


@njit(cache=True, nogil=True)
def _carry(forest: Forest, plan: I8) -> None:
    for at in range(plan.shape[1]):
        _leave(forest, plan[0, at])
    for at in range(plan.shape[1]):
        _enter(forest, plan[0, at], plan[1, at])


@njit(cache=True, nogil=True)
def _rooted(forest: Forest, edge: int) -> bool:
    for _ in range(len(forest.chosen)):
        before = forest.before[forest.chosen[edge]]
        if before < 0:
            return True
        if not forest.active[before]:
            return False
        edge = before // 2
    return False

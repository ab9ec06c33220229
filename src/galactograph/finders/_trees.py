"""Small decision trees, grown one after the other, that add up to log odds.

A sum of signs cannot say "round, but only if it is large enough to tell": trees can.
They see few examples each and jump where a sum glides, so whoever uses them does well
to hear a sum of signs beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from galactograph.values.arrays import Floats, Ints

DEPTH = 3
"""Questions that a tree asks of a place."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Forest:
    """T trees of `DEPTH` questions each.

    Attributes
    ----------
    names
        S signs by name.
    sign : (T, 2**DEPTH - 1)
        Which sign each question is about; the two that follow question k are 2 k + 1
        (no more than the bound) and 2 k + 2 (more).
    bound : (T, 2**DEPTH - 1)
        The bound of each question.
    leaf : (T, 2**DEPTH)
        Log odds that each tree adds in the end.
    start
        Log odds before any tree.
    """

    names: tuple[str, ...]
    sign: Ints
    bound: Floats
    leaf: Floats
    start: float

    def odds(self, told: Mapping[str, float]) -> float:
        """Return the log odds that the trees make of signs; one not told is nought."""
        values = np.array([told.get(name, 0.0) for name in self.names])
        trees = np.arange(len(self.sign))
        at = np.zeros(len(self.sign), int)
        for _ in range(DEPTH):
            more = values[self.sign[trees, at]] > self.bound[trees, at]
            at = 2 * at + 1 + more
        return self.start + float(self.leaf[trees, at - (2**DEPTH - 1)].sum())


def load(path: Path) -> dict[str, Forest]:
    """Return the forests that a file holds, by name."""
    with np.load(path, allow_pickle=False) as held:
        kinds = sorted({key.split("/")[0] for key in held.files})
        return {
            kind: Forest(
                names=tuple(held[f"{kind}/names"].tolist()),
                sign=held[f"{kind}/sign"].astype(int),
                bound=held[f"{kind}/bound"].astype(float),
                leaf=held[f"{kind}/leaf"].astype(float),
                start=float(held[f"{kind}/start"]),
            )
            for kind in kinds
        }


def save(path: Path, forests: Mapping[str, Forest]) -> None:
    """Write forests by name; the same forests give the same bytes."""
    page: dict[str, Any] = {}
    for kind, forest in sorted(forests.items()):
        page[f"{kind}/names"] = np.array(forest.names)
        page[f"{kind}/sign"] = forest.sign.astype(np.int16)
        # Signs stop at their limits, and bounds lie there: they must stay exact.
        page[f"{kind}/bound"] = forest.bound.astype(np.float64)
        page[f"{kind}/leaf"] = forest.leaf.astype(np.float32)
        page[f"{kind}/start"] = np.float32(forest.start)
    np.savez_compressed(path, **page)

"""Bodies in company: where one is, there are often more.

A patient with one papilloma, a clot or debris often has several; where no other body is
seen, a faint sign of one is more often nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from galactograph.values.arrays import Floats
from galactograph.values.codes import FindingKind

_BODIES = (FindingKind.FILLING_DEFECT.word, FindingKind.AIR_BUBBLE.word)


def company(kinds: Sequence[str], scores: Sequence[float]) -> Floats:
    """Return in what company each finding of a study is, (K,), at least 0.

    Parameters
    ----------
    kinds, scores
        Word and score of each of the K findings of a study.

    Returns
    -------
    ndarray
        For a filling defect the logarithm of one more than the other bodies that are
        to be expected, by their scores; 0 for all else.

    Examples
    --------
    >>> told = company(["filling-defect", "air-bubble", "ectasia"], [0.4, 0.9, 0.9])
    >>> [round(one, 2) for one in told.tolist()]
    [0.64, 0.0, 0.0]
    """
    body = np.array([kind in _BODIES for kind in kinds], bool)
    asked = np.array([kind == _BODIES[0] for kind in kinds], bool)
    expected = np.where(body, np.asarray(scores, float), 0.0)
    others = np.maximum(expected.sum() - expected, 0.0)
    return np.where(asked, np.log1p(others), 0.0)

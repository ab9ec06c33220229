"""Bodies in company: where one is, there is often more.

A patient with one papilloma, a clot or debris often has several, and a cancer narrows
the duct and roughens its walls as well; where nothing else is seen, a faint sign of a
body is more often nothing. Of other findings company was found to say little.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from galactograph.values.arrays import Floats
from galactograph.values.codes import FindingKind

_ASKED = FindingKind.FILLING_DEFECT.word
_TWICE = FindingKind.FILLING_DEFECTS.word
"""Several defects are told once more as one finding: they count once."""


def company(kinds: Sequence[str], scores: Sequence[float]) -> Floats:
    """Return in what company each finding of a study is, (K,), at least 0.

    Parameters
    ----------
    kinds, scores
        Word and score of each of the K findings of a study.

    Returns
    -------
    ndarray
        For a filling defect the logarithm of one more than the squares of the scores of
        all other findings: many faint signs in real tissue are no company. 0 for all
        else.

    Examples
    --------
    >>> told = company(["filling-defect", "air-bubble", "ectasia"], [0.4, 0.9, 0.9])
    >>> [round(one, 2) for one in told.tolist()]
    [0.96, 0.0, 0.0]
    """
    alone = np.array([kind != _TWICE for kind in kinds], bool)
    expected = np.where(alone, np.square(np.asarray(scores, float)), 0.0)
    others = np.log1p(np.maximum(expected.sum() - expected, 0.0))
    return np.where([kind == _ASKED for kind in kinds], others, 0.0)

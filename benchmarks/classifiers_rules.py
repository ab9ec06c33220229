"""Published classifiers of galactograms, from their descriptions.

One patient at a time is left out and told by the others. S trees of P patients; every
score is in [0, 1], where 1 means abnormal, and a patient's is the mean of those of the
patient's trees. Both classes weigh the same, however many patients each has.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from galactograph.ducts.strings import Corpus, Words, cosine
from galactograph.values.arrays import Bools, Floats, Ints

LEAST_SPREAD = 0.02
"""Elements of the R-matrix of few forks can be all alike. source: assumed"""

NEIGHBOURS = (1, 3, 5, 7, 9)


def bayes(values: Floats, abnormal: Bools, patient: Ints) -> Floats:
    """Return the posterior of each tree from E elements (S, E), Gaussian classes.

    A tree that lacks an element (NaN) gets one half.
    source: Bakic, Albert, Maidment 2003, Acad Radiol 10:198 (found)
    """
    posterior = np.full(len(values), 0.5)
    there = ~np.isnan(values).any(axis=1)
    for n in np.flatnonzero(there):
        logs = []
        for kind in (False, True):
            rows = values[there & (abnormal == kind) & (patient != patient[n])]
            if len(rows) < 2:
                break
            spread = np.cov(rows.T).reshape(values.shape[1], -1)
            spread = spread + LEAST_SPREAD**2 * np.eye(values.shape[1])
            away = values[n] - rows.mean(axis=0)
            squared = away @ np.linalg.solve(spread, away)
            logs.append(-0.5 * (squared + np.linalg.slogdet(spread)[1]))
        else:
            difference = np.clip(logs[0] - logs[1], -500, 500)
            posterior[n] = 1 / (1 + np.exp(difference))
    return posterior


def neighbours(near: Floats, abnormal: Bools, patient: Ints, count: int) -> Floats:
    """Return the vote of the `count` nearest trees of other patients, (S,).

    Parameters
    ----------
    near : (S, S)
        How near tree j is to tree i: larger is nearer.
    """
    score = np.full(len(near), 0.5)
    for n in range(len(near)):
        others = np.flatnonzero(patient != patient[n])
        # Stable: of trees as near as one another the first counts.
        nearest = others[np.argsort(-near[n, others], kind="stable")[:count]]
        votes = [
            np.mean(abnormal[nearest] == kind)
            / max(np.mean(abnormal[others] == kind), 1e-9)
            for kind in (False, True)
        ]
        if sum(votes):
            score[n] = votes[1] / sum(votes)
    return score


def string_likeness(texts: Sequence[Words], patient: Ints) -> Floats:
    """Return the cosine of tf-idf weights, (S, S).

    Row i is weighed by the corpus without the patient of tree i.
    source: Megalooikonomou et al. 2009, IEEE TMI 28:487 (found)
    """
    like = np.zeros((len(texts), len(texts)))
    for one in np.unique(patient):
        corpus = Corpus.of([t for t, p in zip(texts, patient, strict=True) if p != one])
        weighed = [corpus.weigh(text) for text in texts]
        for i in np.flatnonzero(patient == one):
            like[i] = [cosine(weighed[i], other) for other in weighed]
    return like


def profile_nearness(profiles: Sequence[Sequence[int]]) -> Floats:
    """Return how near Sholl profiles are: less their distance, (S, S).

    Shorter profiles go on with zeros.
    source: Skoura et al. 2011, EANN/AIAI (found: Sholl analysis and nearest neighbours)
    """
    size = max((len(profile) for profile in profiles), default=0)
    full = np.array([[*p, *[0] * (size - len(p))] for p in profiles], float)
    away: Floats = np.linalg.norm(full[:, None] - full[None], axis=2)
    return -away


def by_patient(score: Floats, patient: Ints) -> Floats:
    """Return the mean score of each patient 0..P - 1, (P,)."""
    total: Floats = np.bincount(patient, score) / np.bincount(patient)
    return total


def rates(called: Bools, abnormal: Bools) -> tuple[float, float, float]:
    """Return the share of normal and of abnormal ones called right, and their mean."""
    normal = float(np.mean(~called[~abnormal]))
    sick = float(np.mean(called[abnormal]))
    return normal, sick, (normal + sick) / 2


def area(score: Floats, abnormal: Bools) -> float:
    """Return the area under the ROC curve: how often an abnormal one scores higher."""
    away = score[abnormal][:, None] - score[~abnormal][None]
    return float(np.mean((away > 0) + 0.5 * (away == 0)))


def best_elements(
    values: Floats, abnormal: Bools, patient: Ints, count: int
) -> tuple[tuple[int, ...], Floats]:
    """Return the elements that tell the patients apart best, and the posteriors.

    They are chosen on the very patients that are told apart, which is generous. If
    nine of ten trees do not have so many elements, none is chosen and nothing told.
    """
    sick = _classes(abnormal, patient)
    # An element that few trees have tells nothing of the others.
    common = np.flatnonzero(np.mean(~np.isnan(values), axis=0) >= 0.9)
    found: tuple[float, float, tuple[int, ...], Floats] | None = None
    for chosen in combinations(common.tolist(), count):
        posterior = bayes(values[:, list(chosen)], abnormal, patient)
        score = by_patient(posterior, patient)
        right = rates(score > 0.5, sick)[2]
        if found is None or (right, area(score, sick)) > found[:2]:
            found = (right, area(score, sick), chosen, posterior)
    if found is None:
        return (), np.full(len(values), 0.5)
    return found[2], found[3]


def best_count(near: Floats, abnormal: Bools, patient: Ints) -> tuple[int, Floats]:
    """Return the number of neighbours that does best (generous too), and the votes."""
    sick = _classes(abnormal, patient)

    def worth(count: int) -> tuple[float, float]:
        score = by_patient(neighbours(near, abnormal, patient, count), patient)
        return rates(score > 0.5, sick)[2], area(score, sick)

    best = max(NEIGHBOURS, key=worth)
    return best, neighbours(near, abnormal, patient, best)


def _classes(abnormal: Bools, patient: Ints) -> Bools:
    classes: Bools = by_patient(abnormal.astype(float), patient) > 0.5
    return classes


def interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Return the range that holds `level` of the values."""
    low, high = np.quantile(np.asarray(values), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def drawn(abnormal: Bools, rng: np.random.Generator, times: int) -> list[Ints]:
    """Draw patients again and again, within each class, for a bootstrap."""
    classes = [np.flatnonzero(abnormal == kind) for kind in (False, True)]
    return [
        np.concatenate([rng.choice(some, len(some)) for some in classes])
        for _ in range(times)
    ]

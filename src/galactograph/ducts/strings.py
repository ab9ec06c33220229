"""Trees as strings of numbers, and strings compared as texts are.

A tree is written as a Prüfer code or as a walk in depth; a number is a word, a tree a
text. Words are weighed by tf-idf against a corpus of trees, and two trees are as like
as the cosine between their weights. source: Megalooikonomou, Barnathan, Kontos, Bakic,
Maidment 2009, IEEE TMI 28:487 (found: the method; how nodes were labelled is not in
what was found, so labels are ours: breadth first, the heavier subtree first)

Trees are arrays of parents as in `galactograph.ducts.ramification`.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np

from galactograph.ducts.ramification import children_of
from galactograph.errors import InvalidValue
from galactograph.values.arrays import Floats, Ints

Words = tuple[int, ...]

BACK = 0
"""The word for a step back toward the root."""


def canonical(parents: Ints) -> Ints:
    """Return the same tree with its nodes numbered breadth first, (V,).

    Of the children of a node the one with more nodes beyond it comes first, then the
    one whose own children do: however a tree was numbered, the result is the same.
    """
    below = children_of(parents)
    keys: list[tuple[Any, ...]] = [()] * len(parents)
    for node in reversed(range(len(parents))):
        below[node].sort(key=lambda child: keys[child], reverse=True)
        some = tuple(keys[child] for child in below[node])
        keys[node] = (1 + sum(key[0] for key in some), some)
    above, queue = [-1], [0]
    for number, node in enumerate(queue):
        queue += below[node]
        above += [number] * len(below[node])
    return np.array(above, np.int64)


def pruefer(parents: Ints) -> Words:
    """Return the Prüfer code of a tree with labels 1..V, V - 2 words.

    Node n has label n + 1. The tip with the smallest label is taken off, its
    neighbour's label is written, and so on until two nodes are left.
    """
    count = len(parents)
    touching: list[set[int]] = [set() for _ in range(count)]
    for node, parent in enumerate(parents.tolist()):
        if parent >= 0:
            touching[node].add(parent)
            touching[parent].add(node)
    free = [node for node in range(count) if len(touching[node]) == 1]
    heapq.heapify(free)
    code = []
    for _ in range(count - 2):
        node = heapq.heappop(free)
        neighbour = touching[node].pop()
        touching[neighbour].discard(node)
        code.append(neighbour + 1)
        if len(touching[neighbour]) == 1:
            heapq.heappush(free, neighbour)
    return tuple(code)


def from_pruefer(code: Sequence[int]) -> frozenset[tuple[int, int]]:
    """Return the links (smaller label, larger label) of the tree with this code.

    Raises
    ------
    InvalidValue
        If a label is not in 1..V, where V is the number of words and 2.
    """
    count = len(code) + 2
    if any(not 1 <= word <= count for word in code):
        raise InvalidValue(f"labels must be in 1..{count}, got {sorted(set(code))}")
    left = Counter(code)
    free = [label for label in range(1, count + 1) if not left[label]]
    heapq.heapify(free)
    links = []
    for word in code:
        links.append((heapq.heappop(free), word))
        left[word] -= 1
        if not left[word]:
            heapq.heappush(free, word)
    links.append((heapq.heappop(free), heapq.heappop(free)))
    return frozenset((min(pair), max(pair)) for pair in links)


def depth_first(parents: Ints) -> Words:
    """Return the labels 1..V in the order of a walk in depth, 0 for every step back."""
    below = children_of(parents)
    words: list[int] = []
    stack = [0]
    while stack:
        node = stack.pop()
        if node < 0:
            words.append(BACK)
            continue
        words.append(node + 1)
        for child in reversed(below[node]):
            stack += [-1, child]
    return tuple(words)


def from_depth_first(words: Sequence[int]) -> Ints:
    """Return the parents of the tree that a walk in depth passed, (V,).

    Raises
    ------
    InvalidValue
        If it steps back from the root, or its labels are not 1..V.
    """
    labels = [word for word in words if word != BACK]
    if sorted(labels) != list(range(1, len(labels) + 1)):
        raise InvalidValue("a walk in depth names each label from 1 once")
    parents = np.full(len(labels), -1, np.int64)
    way: list[int] = []
    for word in words:
        if word == BACK:
            if len(way) < 2:
                raise InvalidValue("a walk in depth cannot step back from its root")
            way.pop()
            continue
        if way:
            parents[word - 1] = way[-1] - 1
        way.append(word)
    return parents


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Which words there are in how many of T texts, to weigh words by.

    Attributes
    ----------
    texts
        T.
    found_in
        By word, the number of texts that hold it.
    """

    texts: int
    found_in: dict[int, int]

    @classmethod
    def of(cls, texts: Sequence[Words]) -> Corpus:
        """Count the words of the texts."""
        found = Counter(word for text in texts for word in set(text))
        return cls(texts=len(texts), found_in=dict(found))

    def weigh(self, text: Words) -> dict[int, float]:
        """Return the weight of each word of a text: its share times its rarity.

        Rarity is the logarithm of T over the texts that hold the word; a word that
        all hold, or that no text of the corpus holds, weighs nothing.
        """
        return {
            word: times / len(text) * log(self.texts / self.found_in[word])
            for word, times in Counter(text).items()
            if word in self.found_in
        }


def cosine(one: dict[int, float], other: dict[int, float]) -> float:
    """Return the cosine between two weighed texts, in [0, 1]; 0 if one is empty."""
    product = sum(weight * other.get(word, 0.0) for word, weight in one.items())
    sizes = [sum(w * w for w in text.values()) ** 0.5 for text in (one, other)]
    if not all(sizes):
        return 0.0
    return float(min(product / (sizes[0] * sizes[1]), 1.0))


def likeness(texts: Sequence[Words], corpus: Corpus | None = None) -> Floats:
    """Return how like every text is to every other, (T, T), in [0, 1]."""
    weighed = [(corpus or Corpus.of(texts)).weigh(text) for text in texts]
    return np.array([[cosine(a, b) for b in weighed] for a in weighed]).reshape(
        len(texts), len(texts)
    )

"""The numbers that causes are weighed by: priors, likelihoods, and their sources."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from galactograph.advice.conditions import Condition
from galactograph.values.codes import CauseName


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One thing that may be seen, and how likely each cause shows it.

    Attributes
    ----------
    words
        In the arithmetic, such as "bloody discharge".
    when
        Condition on the facts of finding and patient.
    likelihoods
        P(seen | cause) to the power of its trust; only ratios between causes count.
    of_patient
        It is known of her, not seen in the picture.
    """

    words: str
    when: Condition
    likelihoods: Mapping[CauseName, float]
    source: str
    of_patient: bool = False


@dataclass(frozen=True, kw_only=True)
class Model:
    """Priors and likelihoods."""

    priors: Mapping[CauseName, float]
    prior_source: str
    kinds: Mapping[str, Evidence]
    modifiers: tuple[Evidence, ...]


@cache
def model(*, refined: bool = True) -> Model:
    """Return the model of `causes.toml`, refined on simulated studies or as published.

    An entry of `refined.toml` takes the place of one of the same name: its numbers
    are those of `causes.toml` with what was counted in simulated studies added.
    """
    page = _page("causes.toml")
    better = _page("refined.toml") if refined else {}
    order = [CauseName(name) for name in page["order"]]

    def evidence(words: str, entry: Mapping[str, Any]) -> Evidence:
        entry = {**entry, **better.get("entry", {}).get(words, {})}
        trust = entry.get("trust", 1.0)
        values = [value**trust for value in entry["values"]]
        return Evidence(
            words=words,
            when=entry["when"],
            likelihoods=dict(zip(order, values, strict=True)),
            source=entry["source"],
            of_patient=entry.get("group") == "patient",
        )

    return Model(
        priors=dict(zip(order, page["prior"]["values"], strict=True)),
        prior_source=page["prior"]["source"],
        kinds={
            word: evidence(word.replace("-", " "), {**entry, "when": {"kind": word}})
            for word, entry in page["kind"].items()
        },
        modifiers=tuple(evidence(e["words"], e) for e in page["modifier"]),
    )


def _page(name: str) -> dict[str, Any]:
    """Return one of the files of numbers beside this module."""
    text = files("galactograph.advice").joinpath(name).read_text("utf-8")
    return tomllib.loads(text)

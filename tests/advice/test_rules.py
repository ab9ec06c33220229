"""Every rule of the book fires and stays silent; every rule has a source."""

from __future__ import annotations

from typing import Any

import pytest

from galactograph.advice.conditions import Condition, named, verdict
from galactograph.advice.rules import Rule, ask, book, rules

CHAPTERS = ("eligibility", "management")
RULES = [rule for chapter in CHAPTERS for rule in rules(chapter)]


def facts_that_hold(condition: Condition) -> dict[str, Any]:
    """Return facts that make `condition` true, all others unknown."""
    facts: dict[str, Any] = dict.fromkeys(book()["facts"])
    for name, wanted in condition.items():
        if name == "any":
            first = facts_that_hold(wanted[0])
            facts.update({k: v for k, v in first.items() if v is not None})
        elif not isinstance(wanted, dict):
            facts[name] = wanted
        elif "one_of" in wanted:
            facts[name] = wanted["one_of"][0]
        else:
            facts[name] = wanted.get("at_least", wanted.get("below", 0) - 1)
    return facts


def opposite(wanted: object) -> Any:  # noqa: ANN401
    """Return a fact that is not as wanted."""
    if isinstance(wanted, bool):
        return not wanted
    if isinstance(wanted, str):
        return "another"
    if not isinstance(wanted, dict):
        return -1
    if "at_least" in wanted:
        return wanted["at_least"] - 1
    return wanted.get("below", -1)


def facts_that_fail(condition: Condition) -> dict[str, Any]:
    """Return facts that make `condition` false."""
    facts = facts_that_hold(condition)
    for name, wanted in condition.items():
        if name == "any":
            for table in wanted:
                facts.update({k: opposite(w) for k, w in table.items()})
        else:
            facts[name] = opposite(wanted)
    return facts


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.code}-{r.action}")
def test_a_rule_fires_on_its_facts_and_only_then(rule: Rule) -> None:
    held, failed = facts_that_hold(rule.when), facts_that_fail(rule.when)
    assert verdict(rule.when, held) is True
    assert verdict(rule.when, failed) is False
    fired = ask([rule], held)
    assert [advice.action for advice in fired] == [rule.action]
    assert fired[0].reasons == (rule.reason,)
    assert ask([rule], failed) == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.code}-{r.action}")
def test_a_rule_is_open_where_nothing_is_known(rule: Rule) -> None:
    assert verdict(rule.when, dict.fromkeys(book()["facts"])) is None


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.code}-{r.action}")
def test_a_rule_has_a_source_with_its_mark_and_gives_no_order(rule: Rule) -> None:
    marks = ("(found", "(quoted", "(remembered", "(derived", "(assumed")
    assert any(mark in rule.source for mark in marks)
    words = rule.text.lower()
    assert "excluded" not in words
    assert " must " not in words
    asks = ("consider", "alternative", "keeps most", "not done", "no injection")
    assert any(word in words for word in (*asks, "no galactography"))


def test_every_fact_that_a_rule_may_ask_for_has_words() -> None:
    asked = {name for rule in RULES for name in named(rule.when)}
    assert asked <= set(book()["facts"])
    assert all(book()["facts"].values())


def test_the_first_advice_names_what_is_not_known() -> None:
    chapter = [r for r in rules("management") if r.code in ("GA101", "GA401")]
    facts = dict.fromkeys(book()["facts"]) | {"level": 1}
    (advice,) = ask(chapter, facts)
    assert [reason.rule for reason in advice.reasons] == ["GA401", "GA101"]
    assert "not known whether the discharge contains pus" in advice.reasons[1].text


def test_what_only_a_person_can_ask_has_words_and_a_source() -> None:
    assert {entry["code"] for entry in book()["to_ask"]} >= {"G-03", "G-07"}
    assert all(entry["text"] and entry["source"] for entry in book()["to_ask"])

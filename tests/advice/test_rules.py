"""Every rule of the book fires and stays silent; every rule has a source."""

from __future__ import annotations

from typing import Any

import pytest

from galactograph.advice.book import book
from galactograph.advice.conditions import Condition, named, verdict
from galactograph.advice.contradictions import Conflict, conflicts
from galactograph.advice.eligibility import Criterion, criteria
from galactograph.advice.facts import asked, inputs_of, told
from galactograph.advice.rules import Rule, ask, checked, rules
from galactograph.errors import InvalidValue

MANAGEMENT = rules()
RULES: list[Rule | Criterion | Conflict] = [*criteria(), *MANAGEMENT, *conflicts()]


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


def name_of(rule: Rule | Criterion | Conflict) -> str:
    """Return a name for a test."""
    return f"{rule.code}-{getattr(rule, 'action', '')}"


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_rule_holds_on_its_facts_and_only_then(
    rule: Rule | Criterion | Conflict,
) -> None:
    held = facts_that_hold(rule.when)
    assert verdict(rule.when, held) is True
    assert verdict(rule.when, facts_that_fail(rule.when)) is False
    assert verdict(rule.when, dict.fromkeys(book()["facts"])) is None
    assert inputs_of(rule.when, held)


@pytest.mark.parametrize("rule", MANAGEMENT, ids=name_of)
def test_advice_fires_on_its_facts_and_tells_them(rule: Rule) -> None:
    held = facts_that_hold(rule.when)
    fired = ask([rule], held)
    assert [advice.action for advice in fired] == [rule.action]
    (reason,) = fired[0].reasons
    assert (reason.rule, reason.text, reason.source) == (
        rule.code,
        rule.text,
        rule.source,
    )
    known = [name for name, fact in held.items() if fact is not None]
    assert set(reason.inputs) == {told(name, held[name]) for name in known}
    assert ask([rule], facts_that_fail(rule.when)) == ()


@pytest.mark.parametrize(
    "rule", [rule for rule in MANAGEMENT if rule.unless], ids=name_of
)
def test_advice_is_taken_back_by_its_exception_and_not_by_ignorance(rule: Rule) -> None:
    held = facts_that_hold(rule.when)
    taken = {k: v for k, v in facts_that_hold(rule.unless).items() if v is not None}
    assert rule.verdict(held) is True
    assert rule.verdict(held | taken) is False


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_rule_has_a_source_with_its_mark_and_gives_no_order(
    rule: Rule | Criterion | Conflict,
) -> None:
    marks = ("(found", "(quoted", "(remembered", "(derived", "(assumed")
    assert any(mark in rule.source for mark in marks)
    words = rule.text.lower()
    assert "excluded" not in words
    assert " must " not in words
    if not isinstance(rule, Conflict):
        asks = ("consider", "alternative", "keeps most", "no injection")
        assert any(word in words for word in (*asks, "no galactography"))


def test_every_fact_that_a_rule_may_ask_for_has_words_and_is_needed() -> None:
    wanted = {name for rule in RULES for name in named(rule.when)}
    wanted |= {name for rule in MANAGEMENT for name in named(rule.unless)}
    assert wanted == set(book()["facts"])
    for name in wanted:
        assert asked(name)
        assert told(name, True) != told(name, False)


def test_codes_of_one_chapter_come_in_order_and_say_the_chapter() -> None:
    for chapter, head in (
        (criteria(), "G-"),
        (MANAGEMENT, "GA"),
        (conflicts(), "GC"),
    ):
        codes = [rule.code for rule in chapter]
        assert codes == sorted(codes)
        assert all(code.startswith(head) for code in codes)


def test_a_rule_without_a_source_or_with_an_unknown_fact_is_refused() -> None:
    entry = {"code": "GA000", "when": {"age": 3}, "source": " "}
    with pytest.raises(InvalidValue, match="needs a source"):
        checked(entry)
    with pytest.raises(InvalidValue, match="no fact 'pus'"):
        checked(entry | {"unless": {"pus": True}})


def test_the_first_advice_names_what_is_not_known() -> None:
    chapter = [r for r in MANAGEMENT if r.code in ("GA101", "GA401")]
    facts = dict.fromkeys(book()["facts"]) | {"level": 1}
    (advice,) = ask(chapter, facts)
    assert [reason.rule for reason in advice.reasons] == ["GA401", "GA101"]
    assert "not known whether the discharge contains pus" in advice.reasons[1].text
    assert advice.reasons[0].inputs == ("assessment level DG1",)


def test_of_alternatives_only_those_that_hold_are_told() -> None:
    rule = next(rule for rule in criteria() if rule.code == "G-10")
    facts = dict.fromkeys(book()["facts"]) | {"implant": True, "irradiated": True}
    assert inputs_of(rule.when, facts) == ("radiotherapy of the breast: yes",)

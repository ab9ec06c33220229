"""What a report says, once: every format is made from the same facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from galactograph.language import ENGLISH, Tongue


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that is said.

    Attributes
    ----------
    key
        The same in every language, such as "finding.F1.size".
    label, text
        What it is, and what is said; `label` may be empty.
    source
        Rule and source of an advice; empty where there is none.
    value, unit
        The number behind the words, where there is one, and its UCUM unit.
    """

    key: str
    text: str
    label: str = ""
    source: str = ""
    value: float | None = None
    unit: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """All that must stand in every format."""
        return tuple(part for part in (self.label, self.text, self.source) if part)


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """Facts that belong together, under a title."""

    key: str
    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, kw_only=True)
class Account:
    """A report told in one language.

    Attributes
    ----------
    marks
        Stand on every page: research use, and SIMULATED where that is so.
    title, subtitle
        Of the whole.
    chapters
        In the order of a radiologist's report.
    """

    language: str
    title: str
    subtitle: str
    marks: tuple[str, ...]
    chapters: tuple[Chapter, ...]

    @property
    def facts(self) -> Iterator[Fact]:
        """Every fact, in order."""
        return (fact for chapter in self.chapters for fact in chapter.facts)

    def chapter(self, key: str) -> Chapter | None:
        """Return a chapter by its key; None if it has nothing to say."""
        return next((c for c in self.chapters if c.key == key), None)

    @property
    def findings(self) -> tuple[Chapter, ...]:
        """The chapters of the findings."""
        return tuple(c for c in self.chapters if c.key.startswith("finding."))


@dataclass(frozen=True)
class Teller:
    """Makes the facts of one chapter in one language."""

    chapter: str
    tongue: Tongue = ENGLISH

    def fact(
        self,
        name: str,
        text: str,
        *,
        key: str = "",
        value: float | None = None,
        unit: str = "",
        source: str = "",
    ) -> Fact:
        """Return a fact whose label is in the catalogue under `label.name`."""
        return Fact(
            key=f"{self.chapter}.{key or name}",
            label=self.tongue.say(f"label.{name}"),
            text=text,
            value=value,
            unit=unit,
            source=source,
        )

    def plain(self, name: str, text: str, *, source: str = "", label: str = "") -> Fact:
        """Return a fact whose label, if any, is given."""
        return Fact(key=f"{self.chapter}.{name}", label=label, text=text, source=source)

    def listed(self, texts: Iterable[str]) -> tuple[Fact, ...]:
        """Return unlabelled facts, one a text; texts said twice are said once."""
        return tuple(
            self.plain(f"{n}", text) for n, text in enumerate(dict.fromkeys(texts), 1)
        )

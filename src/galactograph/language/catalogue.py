"""Catalogues of words: keys to texts, and English sentences to their translations.

Most words are asked for by key. Sentences that other rooms make in English (reasons
of rules, notes of files, explanations of finders) are translated by pattern: a
sentence without a pattern stays in English, so a rule that was changed is never shown
in an outdated translation.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from galactograph.errors import NotFound

LANGUAGES = ("en", "de")

_FIELD = re.compile(r"\\\{(\w+)\\\}")
_ENDS = re.compile(r"(?<=[.!?]) (?=[A-Z0-9])")
_DECIMAL = re.compile(r"(?<![\d.])(\d+)\.(\d+)(?![\d.]*\d)")


class _Local(string.Formatter):
    """Formats numbers with the decimal sign of a language."""

    def __init__(self, decimal: str) -> None:
        super().__init__()
        self._decimal = decimal

    def format_field(self, value: Any, format_spec: str) -> Any:  # noqa: ANN401
        told = super().format_field(value, format_spec)
        return told.replace(".", self._decimal) if isinstance(value, float) else told


@dataclass(frozen=True, kw_only=True, eq=False)
class Tongue:
    """A language, and what is said in it.

    Attributes
    ----------
    code
        ISO 639-1, such as "en".
    texts
        Templates by key, such as "finding.size".
    patterns
        English sentences as expressions, and their translation as a template.
    """

    code: str
    texts: Mapping[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]

    def say(self, key: str, /, **values: object) -> str:
        """Return the text of a key, with values put in.

        Raises
        ------
        NotFound
            If the catalogue has no such key.

        Examples
        --------
        >>> tongue("de").say("unit.mm", value=4.13)
        '4,1 mm'
        """
        try:
            template = self.texts[key]
        except KeyError:
            raise NotFound(f"the catalogue {self.code} has no text {key!r}") from None
        return _Local(self.texts["decimal"]).vformat(template, (), values)

    def sentence(self, english: str) -> str:
        """Return sentences made elsewhere in this language; unknown ones in English.

        Examples
        --------
        >>> tongue("de").sentence("Only 12 mm of duct is filled. Nobody knows why.")
        'Nur 12 mm Gang sind gefüllt. Nobody knows why.'
        """
        if not self.patterns:
            return english
        whole = self._translated(english)
        if whole is not None:
            return whole
        parts = _ENDS.split(english)
        return " ".join(self._translated(part) or part for part in parts)

    def knows(self, english: str) -> bool:
        """Tell whether every sentence of a text has a translation."""
        return self._translated(english) is not None or all(
            self._translated(part) is not None for part in _ENDS.split(english)
        )

    def _translated(self, english: str) -> str | None:
        for pattern, template in self.patterns:
            found = pattern.fullmatch(english)
            if found:
                said = found.groupdict()
                told = {name: self.inner(words) for name, words in said.items()}
                return template.format(**told)
        return None

    def local(self, english: str) -> str:
        """Return a number with its unit, with the decimal sign of this language."""
        return self._number(english)

    def inner(self, english: str) -> str:
        """Return what stands inside a sentence: words, lists, numbers, sentences."""
        if not self.patterns:
            return english
        word = self.texts.get(f"word.{english}")
        if word is not None:
            return word
        parts = english.split(" and ")
        if len(parts) > 1 and all(f"word.{part}" in self.texts for part in parts):
            return self.texts["and"].join(self.texts[f"word.{p}"] for p in parts)
        if english.endswith("."):
            return self.sentence(english)
        return self._translated(english) or self._number(english)

    def _number(self, english: str) -> str:
        return _DECIMAL.sub(rf"\1{self.texts['decimal']}\2", english)


@cache
def tongue(code: str = "en") -> Tongue:
    """Return a language by its code.

    Raises
    ------
    NotFound
        If there is no catalogue for it; says which there are.
    """
    if code not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise NotFound(f"no catalogue for language {code!r}; there are: {known}")
    page = tomllib.loads(
        files("galactograph.language").joinpath(f"{code}.toml").read_text("utf-8")
    )
    pairs = page.pop("sentence", [])
    return Tongue(
        code=code,
        texts=_flat(page),
        patterns=tuple((_expression(pair["en"]), pair["to"]) for pair in pairs),
    )


def _flat(page: Mapping[str, Any], above: str = "") -> dict[str, str]:
    texts = {}
    for name, entry in page.items():
        key = f"{above}{name}"
        if isinstance(entry, str):
            texts[key] = entry
        else:
            texts.update(_flat(entry, f"{key}."))
    return texts


def _expression(template: str) -> re.Pattern[str]:
    """Return the expression that matches a sentence; fields match anything, shortly."""
    return re.compile(_FIELD.sub(r"(?P<\1>.+?)", re.escape(template)))


ENGLISH = tongue("en")

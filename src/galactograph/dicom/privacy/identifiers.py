"""What identifies somebody: gathered from a study, and looked for in the result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from galactograph.dicom.privacy.options import Settings
from galactograph.dicom.privacy.pseudonyms import is_standard
from galactograph.dicom.privacy.tables import rule_of

TEXT = frozenset(["AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"])
"""Kinds of values that people write."""

_NOBODY = frozenset(
    [
        "none",
        "unknown",
        "anonymous",
        "anonymized",
        "anonymised",
        "simulated",
        "galactograph",
        "removed",
        "test",
        "not",
        "available",
        "patient",
        "null",
    ]
)
"""Words that stand where a name should, and name nobody (assumed)."""

_SCHEMES = frozenset(
    [
        "DCM",
        "SCT",
        "SRT",
        "UCUM",
        "LN",
        "RADLEX",
        "UMLS",
        "NCIt",
        "RFC5646",
        "99GALACTO",
    ]
)
"""Coding schemes whose meanings are words of a dictionary."""

_FORMS = ("%Y%m%d", "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d")
"""How a date is written."""

_LEAST_STRONG, _LEAST_DIGITS, _LEAST_WORD = 6, 8, 3
"""Letters and digits from which on a text is not met by chance: anywhere, anywhere if
all are digits, as a whole word of a text (assumed)."""


@dataclass(frozen=True, kw_only=True)
class Identifiers:
    """What must not be in the result.

    Attributes
    ----------
    strong
        Numbers, names of institutions, whole names of people: too long to be met by
        chance, so that they are looked for in every byte.
    days, uids
        Dates in every usual form, and UIDs: looked for in every byte.
    words
        Parts of names, short numbers: looked for as whole words of text, in any case.
    """

    strong: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    uids: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @cached_property
    def _in_text(self) -> re.Pattern[str] | None:
        # An underscore parts words, as in names of files.
        whole = _any_of(self.strong | self.uids | self.words, r"[^\W_]", r"[^\W_]")
        # A time may follow a date.
        parts = [part for part in (whole, _any_of(self.days, r"\d", "")) if part]
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None

    @cached_property
    def _in_bytes(self) -> re.Pattern[bytes] | None:
        kinds = (
            (self.strong, "[A-Za-z0-9]", "[A-Za-z0-9]"),
            (self.days, r"\d", ""),
            # A UID may be the beginning of another one.
            (self.uids, r"[\d.]", r"[\d.]"),
        )
        parts = [_any_of(*kind).encode() for kind in kinds]
        found = [part for part in parts if part]
        return re.compile(b"|".join(found)) if found else None

    def in_text(self, text: str) -> bool:
        """Tell whether a text holds one."""
        pattern = self._in_text
        return pattern is not None and pattern.search(text) is not None

    def in_bytes(self, content: bytes) -> bool:
        """Tell whether one stands anywhere in the bytes."""
        # Plain search is eight times faster, and nearly always all that is needed.
        names = self.strong | self.days | self.uids
        if not any(name.encode() in content for name in names):
            return False
        pattern = self._in_bytes
        return pattern is not None and pattern.search(content) is not None

    def told_by(self, dataset: Dataset) -> str:
        """Return the name of an attribute that holds one; empty if none does."""
        for element, item in walked(dataset):
            if is_free(element, item) and self.in_text(text_of(element)):
                return str(element.name)
        return ""


def gathered_from(
    datasets: Iterable[Dataset], settings: Settings, moves: Iterable[timedelta] = ()
) -> Identifiers:
    """Collect names, numbers, institutions, dates and UIDs that are to be removed.

    Parameters
    ----------
    moves
        How far dates will move. A day that another one is moved to is not looked for:
        it would be found where it is right.
    """
    found: dict[str, set[str]] = {"strong": set(), "uids": set(), "words": set()}
    days: set[date] = set()
    wished: set[str] = set()
    for dataset in datasets:
        for element, _ in walked(dataset):
            wished |= set(_wished(element, settings))
            for text in _identifying(element, settings):
                if element.VR in ("DA", "DT"):
                    days |= set(_day(text))
                elif element.VR == "PN":
                    found["words"] |= set(_names(text))
                    found["strong"] |= {text} if len(text) >= _LEAST_STRONG else set()
                elif (kind := _strength(text, element.VR)) is not None:
                    found[kind].add(text)
    kept = {
        kind: frozenset(one for one in texts if _names_somebody(one, wished))
        for kind, texts in found.items()
    }
    one_day = timedelta(days=1)
    for by in moves:
        days -= {day + by + more * one_day for day in days for more in (-1, 0, 1)}
    written = frozenset(day.strftime(form) for day in days for form in _FORMS)
    return Identifiers(days=written, **kept)


def _names_somebody(text: str, wished: set[str]) -> bool:
    """Tell whether text is neither a word for nobody nor part of what shall stay."""
    nobody = text.strip("^").casefold() in _NOBODY
    return not (nobody or any(text in one for one in wished))


def _wished(element: DataElement, settings: Settings) -> list[str]:
    """Return the values of an element that shall stay by the user's wish."""
    rule = rule_of(int(element.tag))
    stays = rule is not None and settings.option(rule) == "K"
    return values_of(element) if stays and element.VR in TEXT else []


def walked(dataset: Dataset) -> Iterator[tuple[DataElement, Dataset]]:
    """Yield every element with the item that holds it, sequences entered; no pixels."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value or ():
                yield from walked(item)
        elif element.tag.group != 0x7FE0:
            yield element, dataset


def is_free(element: DataElement, item: Dataset) -> bool:
    """Tell whether people may have written a value: no number, no dictionary's word."""
    if element.VR not in TEXT:
        return False
    coded = element.keyword in ("CodeMeaning", "CodeValue", "LongCodeValue")
    return not (coded and item.get("CodingSchemeDesignator") in _SCHEMES)


def text_of(element: DataElement) -> str:
    """Return the values of an element as one text."""
    return "\n".join(values_of(element))


def values_of(element: DataElement) -> list[str]:
    """Return the values of an element as texts."""
    value = element.value
    if value is None:
        return []
    many = value if hasattr(value, "append") else [value]
    return [str(one) for one in many]


def _identifying(element: DataElement, settings: Settings) -> Iterator[str]:
    """Yield the values of an element that identify somebody."""
    rule = rule_of(int(element.tag))
    if element.VR != "PN" and not (rule and _is_named_by(element.VR)):
        return
    if rule and (settings.option(rule) == "K" or _describes(rule.options)):
        return
    for value in values_of(element):
        text = value.strip()
        if text and not (element.VR == "UI" and is_standard(text)):
            yield text


def _describes(options: Iterable[str]) -> bool:
    return bool({"descriptors", "characteristics"} & set(options))


def _is_named_by(kind: str) -> bool:
    return kind in TEXT or kind in ("UI", "DA", "DT")


def _strength(text: str, kind: str) -> str | None:
    """Return how a number or a title is to be looked for; None if it is too short."""
    if kind == "UI":
        return "uids" if len(text) >= _LEAST_STRONG else None
    least = _LEAST_DIGITS if text.isdecimal() else _LEAST_STRONG
    # One word without a digit, such as BREAST, stands in many places by right.
    if len(text) >= least and not text.isalpha():
        return "strong"
    return "words" if len(text) >= _LEAST_WORD else None


def _day(text: str) -> Iterator[date]:
    """Yield the day that a date names; nothing for one that cannot be."""
    try:
        day = datetime.strptime(text.replace(".", "")[:8], "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        return
    if day.year > 1900:  # 1900 stands for not known
        yield day


def _any_of(names: Iterable[str], before: str, after: str) -> str:
    """Return a pattern of any of the names that does not stand within a longer one."""
    longest = sorted(names, key=lambda name: (-len(name), name))
    if not longest:
        return ""
    listed = "|".join(re.escape(name) for name in longest)
    ahead = f"(?!{after})" if after else ""
    return f"(?<!{before})(?:{listed}){ahead}"


def _names(text: str) -> Iterator[str]:
    """Yield the parts of a name that name somebody: no titles, no initials."""
    for spelling in text.split("="):
        for part in spelling.split("^")[:3]:
            for word in re.findall(r"[^\W\d_]+", part):
                if len(word) >= _LEAST_WORD or not word.isascii():
                    yield word

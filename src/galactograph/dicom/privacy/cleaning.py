"""One dataset without names: every attribute by its rule, in every sequence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydicom.datadict import dictionary_has_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from galactograph.dicom.items import coded
from galactograph.dicom.privacy.dummies import dummy
from galactograph.dicom.privacy.identifiers import (
    Identifiers,
    is_free,
    values_of,
)
from galactograph.dicom.privacy.options import Keep, Settings
from galactograph.dicom.privacy.pseudonyms import (
    Pseudonyms,
    moved_date,
    moved_moment,
    moved_time,
)
from galactograph.dicom.privacy.tables import is_safe, rule_of, type_of
from galactograph.dicom.privacy.texts import (
    REMOVED,
    is_known,
    is_label,
    is_of_subject,
    is_ours,
    says_nobody,
)
from galactograph.values.codes import Code
from galactograph.values.concepts import PRIVATE

Path = tuple[int, ...]

_NO_CODE = Code(REMOVED, PRIVATE, "Removed")
_OLDEST = 90
"""Years from which on an age can point to one person. source: HIPAA 164.514 (found)"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cleaner:
    """Cleans the objects of one patient.

    Attributes
    ----------
    by
        How far dates move.
    """

    settings: Settings
    pseudonyms: Pseudonyms
    identifiers: Identifiers
    by: timedelta

    def cleaned(self, dataset: Dataset) -> Dataset:
        """Return a dataset without what identifies somebody; the old one stays."""
        sop_class = str(dataset.get("SOPClassUID", ""))
        return _Work(self, dataset, sop_class).items(dataset, ())


@dataclass(frozen=True, kw_only=False, eq=False)
class _Work:
    """The cleaning of one object."""

    how: Cleaner
    document: Dataset
    sop_class: str

    def items(self, old: Dataset, path: Path) -> Dataset:
        """Clean a dataset or an item that `path` leads to."""
        new = Dataset()
        for tag in sorted(old.keys()):
            element = old[tag]
            if tag.is_private:
                kept = self._private(element, old, path)
            elif tag.element == 0 or not dictionary_has_tag(tag):
                kept = None  # lengths of groups; what nobody knows the meaning of
            else:
                kept = self._element(element, old, (*path, int(tag)))
            if kept is not None:
                new.add(kept)
        return new

    def _private(
        self, element: DataElement, item: Dataset, path: Path
    ) -> DataElement | None:
        """Keep what the standard knows to be safe, if that is wished."""
        tag = element.tag
        if Keep.PRIVATE not in self.how.settings.keep:
            return None
        if tag.is_private_creator:
            return element
        creator = item.get((tag.group, tag.element >> 8))
        named = "" if creator is None else str(creator.value)
        if not is_safe(tag.group, tag.element, named):
            return None
        if element.VR == "SQ":
            return self._sequence(element, (*path, int(tag)))
        return self._unlisted(element, item, (*path, int(tag)))

    def _element(
        self, element: DataElement, item: Dataset, path: Path
    ) -> DataElement | None:
        special = _SPECIAL.get(element.keyword)
        if special is not None:
            return special(self, element, item, path)
        rule = rule_of(int(element.tag))
        if rule is None:
            return self._unlisted(element, item, path)
        kind = type_of(self.sop_class, path)
        option = self.how.settings.option(rule)
        if option == "K":
            return self._kept(element, path)
        if option == "C":
            cleaned = self._by_option(element, item, path)
            if cleaned is not None:
                return cleaned
        return self._by_profile(element, path, rule.action(kind))

    def _kept(self, element: DataElement, path: Path) -> DataElement:
        if element.VR == "SQ":
            return self._sequence(element, path)
        if element.keyword == "PatientAge":
            return _with(element, _age(str(element.value or "")))
        return element

    def _by_option(
        self, element: DataElement, item: Dataset, path: Path
    ) -> DataElement | None:
        """Clean as an option wants it; None if that cannot be done."""
        if element.VR == "SQ":
            return self._sequence(element, path)
        if element.VR in ("DA", "DT", "TM"):
            return self._moved(element, item)
        texts = values_of(element)
        if all(is_known(text) and not self._tells(text) for text in texts):
            return element
        return None

    def _by_profile(
        self, element: DataElement, path: Path, action: str
    ) -> DataElement | None:
        if action == "U":
            return self._renamed(element, path)
        if action == "X":
            return None
        if element.VR == "SQ":
            return self._emptied(element, path, action)
        if action == "Z" or element.is_empty:
            return _with(element, None)
        if element.VR == "UI":
            return self._renamed(element, path)
        return _with(element, dummy(element.VR))

    def _emptied(self, element: DataElement, path: Path, action: str) -> DataElement:
        if action == "Z":
            return _with(element, Sequence())
        if element.keyword.endswith("CodeSequence"):
            return _with(element, Sequence([coded(_NO_CODE)]))
        # Its items have rules of their own, down to each name and number.
        return self._sequence(element, path)

    def _unlisted(
        self, element: DataElement, item: Dataset, path: Path
    ) -> DataElement | None:
        """Clean an attribute that the table does not name, by what kind it is."""
        kind = element.VR
        if kind == "SQ":
            return self._sequence(element, path)
        if kind == "PN":
            return _with(element, dummy(kind))
        if kind in ("DA", "DT", "TM"):
            dates = self.how.settings.dates
            moved = self._moved(element, item) if dates == "MODIFIED" else None
            return element if dates == "UNMODIFIED" else moved or _with(element, None)
        if kind == "UI" and self._tells_of(element):
            return self._renamed(element, path)
        if is_free(element, item) and self._tells_of(element):
            texts = values_of(element)
            return _with(element, [REMOVED if self._tells(t) else t for t in texts])
        return element

    def _sequence(self, element: DataElement, path: Path) -> DataElement:
        old = [item for item in element.value or () if self._may_stay(item)]
        return _with(element, Sequence([self.items(item, path) for item in old]))

    def _may_stay(self, item: Dataset) -> bool:
        wished = Keep.CHARACTERISTICS in self.how.settings.keep
        return wished or not is_of_subject(item)

    def _renamed(self, element: DataElement, path: Path) -> DataElement:
        if element.VR == "SQ":
            return self._sequence(element, path)
        if Keep.UIDS in self.how.settings.keep:
            return element
        return _with(element, [self.how.pseudonyms.uid(u) for u in values_of(element)])

    def _moved(self, element: DataElement, item: Dataset) -> DataElement | None:
        """Move dates and times; None if one cannot be understood."""
        move = {"DA": self._date(element, item), "DT": moved_moment, "TM": moved_time}
        told = [move[element.VR](v, self.how.by) for v in values_of(element) if v]
        return None if None in told else _with(element, told)

    def _date(
        self, element: DataElement, item: Dataset
    ) -> Callable[[str, timedelta], str | None]:
        partner = element.keyword.replace("Date", "Time")
        time = str(item.get(partner) or "") if partner != element.keyword else ""
        return lambda date, by: moved_date(date, time, by)

    def _tells_of(self, element: DataElement) -> bool:
        return any(self._tells(text) for text in values_of(element))

    def _tells(self, text: str) -> bool:
        return self.how.identifiers.in_text(text)

    def text_value(
        self, element: DataElement, item: Dataset, path: Path
    ) -> DataElement:
        """Clean the text of a content item."""
        del path
        text = str(element.value or "")
        wished = Keep.DESCRIPTORS in self.how.settings.keep and is_known(text)
        safe = wished or says_nobody(item, self.document)
        return element if safe and not self._tells(text) else _with(element, REMOVED)

    def drawn_text(
        self, element: DataElement, item: Dataset, path: Path
    ) -> DataElement:
        """Clean text that is drawn over an image."""
        del path, item
        text = str(element.value or "")
        wished = Keep.DESCRIPTORS in self.how.settings.keep and is_known(text)
        safe = (wished or is_label(text) or is_ours(text)) and not self._tells(text)
        return element if safe else _with(element, REMOVED)

    def comments(
        self, element: DataElement, item: Dataset, path: Path
    ) -> DataElement | None:
        """Keep the notice that an image is simulated or for research, nothing else."""
        del path, item
        return element if is_ours(str(element.value or "")) else None

    def agent(self, element: DataElement, item: Dataset, path: Path) -> DataElement:
        """Say that there was contrast: an agent by its code's word, or a dummy."""
        del path
        if element.is_empty:
            return element
        named = item.get("ContrastBolusAgentSequence")
        said = str(named[0].get("CodeMeaning", "")) if named else ""
        good = said and not self._tells(said)
        return _with(element, said if good else "CONTRAST")


_Special = Callable[[_Work, DataElement, Dataset, Path], DataElement | None]
_SPECIAL: dict[str, _Special] = {
    "TextValue": _Work.text_value,
    "UnformattedTextValue": _Work.drawn_text,
    "ImageComments": _Work.comments,
    "ContrastBolusAgent": _Work.agent,
}
"""Attributes where cleaning can save what the profile would throw away."""


def _with(element: DataElement, value: Any) -> DataElement:  # noqa: ANN401
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return DataElement(element.tag, element.VR, value)


def _age(stated: str) -> str:
    years = stated.removesuffix("Y")
    old = stated.endswith("Y") and years.isdecimal() and int(years) >= _OLDEST
    return f"{_OLDEST:03d}Y" if old else stated

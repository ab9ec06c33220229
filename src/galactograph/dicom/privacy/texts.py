"""Which free text may stay: labels, our own fixed sentences, and known words.

Nobody can clean free text by taking names out: names are ordinary words too. So the
other way is taken: text stays only if all of it is known.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from pydicom.dataset import Dataset

from galactograph.dicom import sr_codes as c
from galactograph.dicom.common import NAME, comment
from galactograph.dicom.sr_items import is_named, words
from galactograph.values import concepts as w
from galactograph.values.codes import Code

REMOVED = "REMOVED"
"""Stands where text was."""

_LABEL = re.compile(r"[A-Za-z]{0,3}\d{1,3}([-.][A-Za-z]{0,3}\d{1,3}){0,2}")
_WORD = re.compile(r"[a-z_][a-z_-]{0,40}|\d{1,2}(:\d\d)?")
_PARAMETER = re.compile(
    r"[\w.]{1,64}=(-?\d+(\.\d*)?(e-?\d+)?|true|false|\"[a-z_ -]*\")"
)
_NUMBER = re.compile(r"\d{1,3}(\.\d{1,4})?")
_TOKEN = re.compile(r"[^\W_]+(?:\.\d+)?")
_VERSION = re.compile(r"\d{1,3}(\.\w{1,12}){1,4}")

_LABELS = (c.TRACKING, c.RULE, c.PARENT, c.BRANCH, Code("112050", "DCM", "Anatomic"))
_WORDS = (c.EVIDENCE, w.SHAPE, c.SEGMENTER, c.CLOCK_TEXT)
_MAKERS = (c.ALGORITHM, c.DEVICE_NAME, c.DEVICE_MAKER, c.DEVICE_MODEL)
"""Names of content items whose text is written by programs, by what it looks like."""

_SUBJECT = frozenset({"121031", "121032", "121033"})
"""Birth date, sex and age of the subject. source: TID 1007 (found)"""


def is_label(text: str) -> bool:
    """Tell whether text is a number of something, such as "F1" or "V1-B12"."""
    return _LABEL.fullmatch(text) is not None


def is_known(text: str) -> bool:
    """Tell whether text holds nothing but words of our own reports and small numbers.

    Examples
    --------
    >>> is_known("GALACTOGRAM L CC"), is_known("GALACTOGRAM DOE 1957")
    (True, False)
    """
    return all(_is_known(token) for token in _TOKEN.findall(text))


def _is_known(token: str) -> bool:
    single = len(token) == 1 and token.isascii()
    return single or token.lower() in _words() or bool(_NUMBER.fullmatch(token))


@cache
def _words() -> frozenset[str]:
    text = files("galactograph.dicom.privacy").joinpath("words.txt").read_text("utf-8")
    return frozenset(text.splitlines()[1:])


def is_ours(text: str) -> bool:
    """Tell whether text is the notice that stands on every result of ours."""
    return text in (comment(simulated=True), comment(simulated=False))


def says_nobody(item: Dataset, document: Dataset) -> bool:
    """Tell whether the text of a content item is of a kind that names nobody."""
    text = words(item)
    if is_ours(text) or (is_label(text) and any(is_named(item, n) for n in _LABELS)):
        return True
    if is_named(item, c.ALGORITHM_VERSION):
        return _VERSION.fullmatch(text) is not None
    if any(is_named(item, name) for name in _MAKERS):
        makers = (NAME, document.get("Manufacturer"))
        models = (document.get("ManufacturerModelName"),)
        first, _, rest = text.partition(" ")
        known = {str(maker) for maker in (*makers, *models) if maker}
        return text in known or (first == NAME and bool(_VERSION.fullmatch(rest)))
    if document.get("Manufacturer") != NAME:
        return False
    if is_named(item, c.ALGORITHM_PARAMETERS):
        return _PARAMETER.fullmatch(text) is not None
    # Only our own sentences, and names of files, which are no known words.
    return is_known(text) or (
        bool(_WORD.fullmatch(text)) and any(is_named(item, n) for n in _WORDS)
    )


def is_of_subject(item: Dataset) -> bool:
    """Tell whether a content item tells birth date, sex or age of the patient."""
    named = item.get("ConceptNameCodeSequence")
    return bool(named) and str(named[0].get("CodeValue")) in _SUBJECT

"""What may stay in a header, and how the standard codes that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from galactograph.dicom.privacy.tables import Rule
from galactograph.values.codes import Code


class Keep(StrEnum):
    """What may stay: the retain options of PS3.15 E.3, and two more.

    DESCRIPTORS: titles made of known words only. BURNED_IN: images that say that text
    stands in their pixels.
    """

    DATES = "dates"
    DEVICE = "device"
    INSTITUTION = "institution"
    CHARACTERISTICS = "characteristics"
    UIDS = "uids"
    DESCRIPTORS = "descriptors"
    PRIVATE = "private"
    BURNED_IN = "burned-in"


_CODES = {
    Keep.DESCRIPTORS: Code("113105", "DCM", "Clean Descriptors Option"),
    Keep.CHARACTERISTICS: Code(
        "113108", "DCM", "Retain Patient Characteristics Option"
    ),
    Keep.DEVICE: Code("113109", "DCM", "Retain Device Identity Option"),
    Keep.UIDS: Code("113110", "DCM", "Retain UIDs Option"),
    Keep.PRIVATE: Code("113111", "DCM", "Retain Safe Private Option"),
    Keep.INSTITUTION: Code("113112", "DCM", "Retain Institution Identity Option"),
}
_ALWAYS = (
    Code("113100", "DCM", "Basic Application Confidentiality Profile"),
    Code("113103", "DCM", "Clean Graphics Option"),
    Code("113104", "DCM", "Clean Structured Content Option"),
)
_FULL = Code(
    "113106", "DCM", "Retain Longitudinal Temporal Information Full Dates Option"
)
_SHIFTED = Code(
    "113107", "DCM", "Retain Longitudinal Temporal Information Modified Dates Option"
)
"""source: CID 7050, De-identification Method (found)"""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What to keep.

    Attributes
    ----------
    keep
        What may stay; nothing by default.
    shift
        Move all dates of a patient by one interval, so that the time between two of
        them stays; otherwise they are removed. Dates that are kept are not moved.
    """

    keep: frozenset[Keep] = frozenset()
    shift: bool = True

    @property
    def dates(self) -> str:
        """What happens to dates: UNMODIFIED, MODIFIED or REMOVED, as in (0028,0303)."""
        if Keep.DATES in self.keep:
            return "UNMODIFIED"
        return "MODIFIED" if self.shift else "REMOVED"

    def option(self, rule: Rule) -> str:
        """Return the action that an option wants, K or C; empty if none does."""
        # Dates come first: that of a calibration is a date, then a device's property.
        wanted = {"UNMODIFIED": ["dates"], "MODIFIED": ["shifted"]}.get(self.dates, [])
        if "shifted" in rule.options and self.dates == "REMOVED":
            return ""
        for name in (*wanted, "content", "graphics", *sorted(self.keep)):
            action = rule.options.get(name, "")
            # An overlay is a picture: it cannot be cleaned, so it goes.
            if action and not (name == "graphics" and rule.name.startswith("Overlay")):
                return action
        return ""

    def codes(self) -> Iterator[Code]:
        """Yield the profile and the options as De-identification Method codes."""
        yield from _ALWAYS
        if self.dates != "REMOVED":
            yield _FULL if self.dates == "UNMODIFIED" else _SHIFTED
        yield from (code for keep, code in _CODES.items() if keep in self.keep)

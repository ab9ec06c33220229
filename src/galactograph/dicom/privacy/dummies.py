"""Values that say nothing, of each kind that DICOM has."""

from __future__ import annotations

from galactograph.dicom.privacy.texts import REMOVED

_DUMMIES: dict[str, object] = {
    "AS": "000Y",
    "AT": 0,
    "DA": "19000101",
    "DS": "0",
    "DT": "19000101000000",
    "FD": 0.0,
    "FL": 0.0,
    "IS": "0",
    "PN": f"{REMOVED}^",
    "TM": "000000",
    "UR": f"urn:{REMOVED.lower()}",
}
_TEXTS = frozenset(["AE", "CS", "LO", "LT", "SH", "ST", "UC", "UT"])
_BYTES = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "UN"])


def dummy(kind: str) -> object:
    """Return a value of a kind (VR) that says nothing.

    Examples
    --------
    >>> dummy("DA"), dummy("LO"), dummy("US")
    ('19000101', 'REMOVED', 0)
    """
    if kind in _TEXTS:
        return REMOVED
    if kind in _BYTES:
        return b"\0" * 8
    return _DUMMIES.get(kind, 0)

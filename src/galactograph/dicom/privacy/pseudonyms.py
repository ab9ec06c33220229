"""New names made of old ones and a secret: the same each time, and no way back."""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from datetime import datetime, timedelta
from hashlib import sha256

from pydicom.uid import UID_dictionary

_LEAST_DAYS, _MORE_DAYS = 30, 3650
"""Dates move into the past, by a month to ten years (assumed)."""

_DAY_MIN = 24 * 60
_WHOLE = "00010101000000"
_MOMENT = re.compile(r"(\d{4,14})(\.\d{1,6})?([+-]\d{4})?")


def is_standard(uid: str) -> bool:
    """Tell whether a UID is a word of the standard, the same for everybody.

    Not all below the standard's root are: devices have misused it.
    """
    return uid in UID_dictionary


class Pseudonyms:
    """Makes new names; `secret` should be 16 bytes or more that nobody can guess.

    Without the secret no name can be tried for: hospital numbers and names are few
    enough to try them all against a plain digest.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def uid(self, old: str) -> str:
        """Return the new UID of an old one; those of the standard stay."""
        if is_standard(old) or not old:
            return old
        # 122 free bits with the marks of a UUID, as PS3.5 B.2 wants them.
        number = int.from_bytes(self._digest("uid", old)[:16])
        number = number & ~(0xF << 76) | 4 << 76
        return f"2.25.{number & ~(3 << 62) | 2 << 62}"

    def patient(self, key: str) -> str:
        """Return the pseudonym of a patient, such as "P-4K2QXW7ZNA"."""
        return f"P-{b32encode(self._digest('patient', key)).decode()[:10]}"

    def moved(self, key: str) -> timedelta:
        """Return by how much the dates of a patient move; whole minutes, negative."""
        number = int.from_bytes(self._digest("dates", key)[:8])
        days = _LEAST_DAYS + number % _MORE_DAYS
        return -timedelta(days=days, minutes=number // _MORE_DAYS % _DAY_MIN)

    def _digest(self, kind: str, old: str) -> bytes:
        return hmac.new(self._secret, f"{kind}\0{old}".encode(), sha256).digest()


def moved_moment(stated: str, by: timedelta) -> str | None:
    """Return a DICOM DT moved, as precise as it was; None if it is none.

    Examples
    --------
    >>> moved_moment("20200301001500.5+0100", -timedelta(days=1, minutes=30))
    '20200228234500.5+0100'
    """
    found = _MOMENT.fullmatch(stated.strip())
    if not found or len(found[1]) % 2:
        return None
    digits = found[1]
    try:
        # No time zone: a shift in local time keeps every interval.
        then = datetime.strptime(digits + _WHOLE[len(digits) :], "%Y%m%d%H%M%S")  # noqa: DTZ007
        new = (then + by).strftime("%Y%m%d%H%M%S").rjust(14, "0")
    except (ValueError, OverflowError):
        return None
    return new[: len(digits)] + (found[2] or "") + (found[3] or "")


def moved_date(stated: str, time: str, by: timedelta) -> str | None:
    """Return a DICOM DA moved; `time` is the TM that goes with it, or empty.

    Examples
    --------
    >>> moved_date("20200301", "001500", -timedelta(days=1, minutes=30))
    '20200228'
    """
    plain = stated.strip().replace(".", "")  # ACR-NEMA wrote 2020.03.01
    if len(plain) != 8:
        return None
    clock = time.strip().partition(".")[0]
    whole = clock if clock.isdecimal() and len(clock) in (2, 4, 6) else "12"
    new = moved_moment(plain + whole, by)
    return new and new[:8]


def moved_time(stated: str, by: timedelta) -> str | None:
    """Return a DICOM TM moved, around midnight if need be; None if it is none.

    Examples
    --------
    >>> moved_time("001500.25", -timedelta(days=1, minutes=30))
    '234500.25'
    """
    new = moved_moment(f"20000301{stated.strip()}", by)
    return new and new[8:]

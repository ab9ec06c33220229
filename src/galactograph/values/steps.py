"""A performed procedure step: what a modality tells while it takes a study."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StepStatus(StrEnum):
    """Performed Procedure Step Status (0040,0252)."""

    IN_PROGRESS = "IN PROGRESS"
    COMPLETED = "COMPLETED"
    DISCONTINUED = "DISCONTINUED"


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a step says of itself; empty is what it does not say.

    Attributes
    ----------
    studies
        UIDs of the studies that it belongs to.
    objects
        UIDs of the objects that it made.
    """

    status: StepStatus
    studies: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()

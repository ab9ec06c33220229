"""pynetdicom leaves a socket that never connected to the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect within the test, which lets that warning pass."""
    yield
    gc.collect()

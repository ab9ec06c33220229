"""The book of rules as it stands: `rules.toml`, loaded once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def book() -> dict[str, Any]:
    """Return `rules.toml` as it stands."""
    text = files("galactograph.advice").joinpath("rules.toml").read_text("utf-8")
    return tomllib.loads(text)

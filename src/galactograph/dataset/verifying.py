"""Check the files of a dataset against what was written of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from galactograph.dataset.case import RECORD, Kitchen, Record, fault, read_record
from galactograph.dataset.manifest import load
from galactograph.dataset.recipe import made_by
from galactograph.errors import NotFound


def verify(out: str | Path) -> dict[str, str]:
    """Compare every file of a dataset with its hash in the manifest.

    Returns
    -------
    dict
        What is wrong, by case; empty if all is well. A case that was not finished
        is not wrong; the manifest's `complete` tells of those.

    Raises
    ------
    NotFound
        If the folder has no manifest.
    """
    out = Path(out)
    told = load(out)
    if told is None:
        raise NotFound(f"{out} holds no manifest.json: it is no dataset")
    wrong = {
        entry["name"]: fault(out / entry["name"], entry) for entry in told["cases"]
    }
    return {name: words for name, words in wrong.items() if words}


def finished(
    kitchen: Kitchen, seed: int, entry: dict[str, Any] | None
) -> tuple[Record | None, str]:
    """Return the record of a case that is whole, or what is wrong with it.

    `entry` is what the manifest says of it. None means that the run ended between
    the case and the manifest; the case's own record then stands alone.
    """
    home = kitchen.home(seed)
    if not home.exists():
        return None, ""
    record = read_record(home)
    if record is None:
        return None, f"{RECORD} is missing or broken"
    if (
        record["seed"] != seed
        or record["recipe"] != kitchen.recipe.as_json()
        or record["made_by"] != made_by()
    ):
        return None, "it is of another dataset"
    wrong = fault(home, entry or record)
    return (None, wrong) if wrong else (record, "")

"""The manifest of a dataset: every case, every file, every hash, in seed order.

It holds no time and no number of workers: the same dataset has the same manifest.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from galactograph.dataset.case import RECORD, Kitchen, Record, digest, name
from galactograph.dataset.recipe import OtherDataset, made_by
from galactograph.reporting.words import CAUTION, RESEARCH

MANIFEST = "manifest.json"
SCHEMA = "galactograph/dataset/1"


@dataclass(kw_only=True, eq=False)
class Ledger:
    """What is done and what failed so far; written as the manifest."""

    kitchen: Kitchen
    first: int
    count: int
    records: dict[int, Record] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    _entries: dict[int, dict[str, Any]] = field(default_factory=dict)

    def add(self, seed: int, record: Record) -> None:
        """Note a finished case; its record is hashed too."""
        self.records[seed] = record
        path = self.kitchen.home(seed) / RECORD
        self._entries[seed] = {
            "name": name(seed),
            "seed": seed,
            "labels": record["labels"],
            "bytes": record["bytes"],
            "files": {**record["files"], RECORD: digest(path)},
        }

    def as_json(self) -> dict[str, Any]:
        """Return the manifest."""
        return {
            "schema": SCHEMA,
            "simulated": True,
            "use": f"{RESEARCH}. {CAUTION}",
            "made_by": made_by(),
            "recipe": self.kitchen.recipe.as_json(),
            "seeds": {"first": self.first, "count": self.count},
            "complete": len(self.records) == self.count,
            "cases": [self._entries[seed] for seed in sorted(self._entries)],
            "failed": [
                {"name": name(seed), "seed": seed, "error": self.failed[seed]}
                for seed in sorted(self.failed)
            ],
        }

    def save(self) -> None:
        """Write the manifest, whole or not at all."""
        path = self.kitchen.out / MANIFEST
        aside = path.with_name(f".{MANIFEST}.part")
        with aside.open("w", encoding="utf-8") as file:
            json.dump(self.as_json(), file, indent=1, sort_keys=True)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)


def load(out: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder; None if it has none.

    Raises
    ------
    OtherDataset
        If there is one that is not ours.
    """
    path = out / MANIFEST
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text("utf-8"))
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise OtherDataset(f"{path} is not a manifest of this program")
    return told


def check_same(told: dict[str, Any], wanted: Ledger) -> None:
    """Refuse to go on with a dataset of another kind.

    Raises
    ------
    OtherDataset
        Naming what differs.
    """
    now, out = wanted.as_json(), wanted.kitchen.out
    remedy = "name another folder, or add --overwrite to replace it"
    if told["recipe"] != now["recipe"]:
        raise OtherDataset(f"{out} holds a dataset of other settings; {remedy}")
    changed = [
        f"{key} {told['made_by'].get(key)}, now {value}"
        for key, value in now["made_by"].items()
        if told["made_by"].get(key) != value
    ]
    if changed:
        raise OtherDataset(
            f"{out} was begun with other software ({'; '.join(changed)}), whose files "
            f"may differ; go on with that one, {remedy}"
        )
    if told["seeds"]["first"] != wanted.first:
        raise OtherDataset(
            f"{out} holds a dataset from seed {told['seeds']['first']} on, not from "
            f"{wanted.first}; {remedy}"
        )
    if told["seeds"]["count"] > wanted.count:
        raise OtherDataset(
            f"{out} holds a dataset of {told['seeds']['count']} studies, more than "
            f"{wanted.count}; ask for as many, {remedy}"
        )

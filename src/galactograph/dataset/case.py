"""One case of a dataset: made aside, hashed, renamed when whole."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from galactograph.dataset.recipe import Recipe, made_by
from galactograph.examples import write_study
from galactograph.plugins import plugin
from galactograph.reporting.words import RESEARCH
from galactograph.simulation import simulate
from galactograph.store import expected_adequacy
from galactograph.values.truth import Simulation

RECORD = "case.json"
SCHEMA = "galactograph/case/1"

Record = dict[str, Any]
"""What `case.json` says: schema, seed, recipe, made_by, labels, bytes, files."""


@dataclass(frozen=True, kw_only=True)
class Kitchen:
    """Where cases are made, and by which recipe."""

    out: Path
    recipe: Recipe

    def home(self, seed: int) -> Path:
        """Return the folder of a case."""
        return self.out / name(seed)

    def aside(self, seed: int) -> Path:
        """Return where a case lies until it is whole."""
        return self.out / f".{name(seed)}.part"


def name(seed: int) -> str:
    """Return the name of a case.

    Examples
    --------
    >>> name(7)
    'seed-7'
    """
    return f"seed-{seed}"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(
    recipe: Recipe, seed: int, folder: Path
) -> tuple[Simulation, tuple[Path, ...]]:
    """Simulate one study into `folder`; return it and its files."""
    simulation = simulate(
        seed=seed,
        anatomy=recipe.anatomy,
        procedure=recipe.procedure,
        modality=plugin("modalities", recipe.modality),
        vendor=recipe.vendor,
    )
    files = write_study(simulation, folder, projections=recipe.projections)
    return simulation, files


def make_case(kitchen: Kitchen, seed: int) -> Record:
    """Simulate one study and put it in its place; return its record.

    Nothing is ever half there: the folder gets its name when all is written.
    """
    aside, home = kitchen.aside(seed), kitchen.home(seed)
    _refuse_strangers(home)
    shutil.rmtree(aside, ignore_errors=True)
    try:
        simulation, _ = write(kitchen.recipe, seed, aside)
        record = _record(kitchen, simulation, aside)
        text = json.dumps(record, indent=1, sort_keys=True)
        (aside / RECORD).write_text(text + "\n", "utf-8")
        _refuse_strangers(home)
        if home.exists():
            shutil.rmtree(home)
        aside.rename(home)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return record


def _record(kitchen: Kitchen, simulation: Simulation, folder: Path) -> Record:
    """Return what is to be known of a case without opening its files."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    views = zip(simulation.study.views, simulation.exposures, strict=True)
    return {
        "schema": SCHEMA,
        "simulated": True,
        "use": RESEARCH,
        "seed": simulation.seed,
        "recipe": kitchen.recipe.as_json(),
        "made_by": made_by(),
        "labels": {
            "laterality": simulation.breast.laterality.value,
            "lesions": [
                {
                    "cause": lesion.cause.value,
                    "kind": lesion.kind.word,
                    "size_mm": round(lesion.size_mm, 3),
                }
                for lesion in simulation.breast.lesions
            ],
            "adequacy": {
                view.source: expected_adequacy(simulation, exposure).value
                for view, exposure in views
            },
        },
        "bytes": sum(p.stat().st_size for p in files),
        "files": {p.relative_to(folder).as_posix(): digest(p) for p in files},
    }


def _refuse_strangers(home: Path) -> None:
    """Make sure that a damaged case can be replaced: it holds only what we wrote."""
    if not home.exists() and not home.is_symlink():
        return
    stranger = first_stranger(home)
    if stranger is not None:
        raise FileExistsError(
            f"{stranger} is in the way, and galactograph did not write it: move it"
        )


def first_stranger(home: Path) -> Path | None:
    """Return a file of a case's folder that its record does not list, if any."""
    record = read_record(home)
    if record is None:
        return home
    ours = {*record["files"], RECORD}
    for path in sorted(home.rglob("*")):
        known = path.relative_to(home).as_posix() in ours
        if path.is_symlink() or (not path.is_dir() and not known):
            return path
    return None


def read_record(home: Path) -> Record | None:
    """Return the record of a case; None if there is none that makes sense."""
    try:
        record = json.loads((home / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        return None
    return record if isinstance(record.get("files"), dict) else None


def fault(home: Path, record: Record) -> str:
    """Say what is wrong with a case's files; an empty string if nothing is."""
    for path, sha in sorted(record["files"].items()):
        file = home / path
        if not file.is_file():
            return f"{path} is missing"
        if digest(file) != sha:
            return f"{path} has changed"
    return ""

"""`galactograph simulate`: studies out of nothing, with their truth."""

# Heavy imports stand inside the command, so that its help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter, validators

from galactograph.cli.errors import FAILURE, INTERRUPTED, OK, UsageError
from galactograph.cli.progress import progress

if TYPE_CHECKING:
    from galactograph.dataset import Made, Recipe

Lesion = Literal[
    "normal",
    "papilloma",
    "ectasia",
    "dcis",
    "invasive",
    "air-bubbles",
    "extravasation",
    "papillomas",
    "focal-ectasia",
    "clot",
    "secretion",
    "kink",
    "underfilling",
]
"""The names of `phantom.anatomy`, written out so that help need not import it; a
test holds the two together."""

Vendor = Literal["hologic", "ge", "siemens", "fuji"]
"""The classes of unit of `xray.vendors`."""

CAUTION = "SIMULATED images for research; no patient was examined."


def simulate(  # noqa: PLR0913  the options of a command
    *,
    out: Annotated[Path, Parameter(alias="-o")],
    seed: Annotated[int, Parameter(validator=validators.Number(gte=0))],
    lesion: Lesion | None = None,
    anatomy: Path | None = None,
    settings: Annotated[
        tuple[str, ...], Parameter(name="--set", negative="", allow_leading_hyphen=True)
    ] = (),
    count: Annotated[
        int, Parameter(alias="-n", validator=validators.Number(gte=1))
    ] = 1,
    jobs: Annotated[int, Parameter(alias="-j", validator=validators.Number(gte=1))] = 1,
    modality: str = "radiograph",
    vendor: Vendor | None = None,
    projections: Annotated[bool, Parameter(negative="")] = False,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    quiet: Annotated[bool, Parameter(alias="-q", negative="")] = False,
) -> int:
    """Make simulated studies as DICOM, with the truth beside them.

    Parameters
    ----------
    out
        Folder to write to; absent or empty, or a dataset to go on with.
    seed
        Of the first study; the others count up from it. Same seed, same pixels.
    lesion
        What ails the injected duct; drawn if not given.
    anatomy
        TOML file that sets what is not to be drawn, such as `density = 0.3`.
    settings
        One more setting, as name=value, such as --set trunk_mm=1.4; may be repeated,
        and wins over the file.
    count
        How many studies; more than one make a dataset: OUT/seed-N each, and
        OUT/manifest.json with the hash of every file. A run that was stopped goes
        on when it is called again.
    jobs
        Processes at work on a dataset; the files are the same with any number.
    modality
        The machine: radiograph, dual-energy, tomosynthesis (a GE class unit), or
        tomosynthesis- followed by fuji, ge, hologic, ims, planmed or siemens.
    vendor
        Class of radiographic unit whose panel and technique are used; a generic one
        if not given.
    projections
        Also write the raw projections of tomosynthesis and a synthetic mammogram.
    overwrite
        Replace earlier results in OUT, if nothing else is there.
    as_json
        Print what was written as JSON.
    quiet
        Show no progress.
    """
    from galactograph.dataset import Interrupted, OtherDataset, Recipe, make
    from galactograph.errors import InvalidValue, NotFound
    from galactograph.phantom.settings import anatomy_from
    from galactograph.plugins import plugin
    from galactograph.reporting.folder import FolderInUse

    try:
        plugin("modalities", modality)
        woman = anatomy_from(anatomy, settings, lesion=lesion)
    except (InvalidValue, NotFound) as error:
        raise UsageError(str(error)) from None
    recipe = Recipe(
        anatomy=woman, modality=modality, vendor=vendor or "", projections=projections
    )
    if count == 1:
        return _one(out, seed, recipe, overwrite, as_json, quiet)

    def say(words: str) -> None:
        if not quiet:
            print(f"simulating: {words}", file=sys.stderr, flush=True)

    try:
        with _terminate_as_interrupt(), progress("simulating", quiet=quiet) as tell:
            made = make(
                out,
                seed=seed,
                count=count,
                recipe=recipe,
                jobs=jobs,
                overwrite=overwrite,
                tell=tell,
                say=say,
            )
    except (FolderInUse, OtherDataset) as error:
        raise UsageError(str(error)) from None
    except Interrupted as stop:
        print(f"galactograph: {stop}", file=sys.stderr)
        return INTERRUPTED
    return _report(made, out, as_json=as_json)


def _report(made: Made, out: Path, *, as_json: bool) -> int:
    """Say what a dataset became."""
    if as_json:
        told = {
            "out": str(out),
            "seeds": sorted(made.made + made.kept),
            "simulated": True,
            "manifest": str(out / made.manifest.name),
            "made": list(made.made),
            "kept": list(made.kept),
            "failed": {str(seed): words for seed, words in made.failed.items()},
            "bytes": made.bytes,
        }
        print(json.dumps(told))
    else:
        kept = f" ({len(made.kept)} from an earlier run)" if made.kept else ""
        whole = len(made.made) + len(made.kept)
        print(f"{whole} simulated studies in {out}{kept}; {made.manifest.name} lists")
        print("every file with its hash.")
        for seed, words in made.failed.items():
            print(f"seed {seed} failed: {words}")
        print(CAUTION)
    return FAILURE if made.failed else OK


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """Let a polite kill leave things as tidy as Ctrl-C does."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's alone
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _one(
    out: Path,
    seed: int,
    recipe: Recipe,
    overwrite: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
) -> int:
    """Make one study, straight in `out`."""
    from galactograph.dataset.case import write
    from galactograph.reporting.folder import FolderInUse, check_free, whole_folder

    try:
        check_free(out, overwrite=overwrite)
    except FolderInUse as error:
        raise UsageError(str(error)) from None
    with (
        progress("simulating", quiet=quiet) as tell,
        whole_folder(out, overwrite=overwrite) as aside,
    ):
        tell(f"seed {seed}, 1 of 1", 0.0)
        _, files = write(recipe, seed, aside)
        written = [out / path.relative_to(aside) for path in files]
        tell("done", 1.0)
    if as_json:
        told = {
            "out": str(out),
            "seeds": [seed],
            "simulated": True,
            "files": [str(path) for path in written],
        }
        print(json.dumps(told))
        return OK
    print(f"1 simulated study in {out}")
    print(CAUTION)
    return OK

"""`galactograph simulate`: studies out of nothing, with their truth."""

# Heavy imports stand inside the command, so that its help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter, validators

from galactograph.cli.errors import OK, UsageError
from galactograph.cli.progress import progress

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
    overwrite: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    quiet: Annotated[bool, Parameter(alias="-q", negative="")] = False,
) -> int:
    """Make simulated studies as DICOM, with the truth beside them.

    Parameters
    ----------
    out
        Folder to write to; it must be absent or empty.
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
        How many studies; more than one go to OUT/seed-<seed>.
    overwrite
        Replace earlier results in OUT, if nothing else is there.
    as_json
        Print what was written as JSON.
    quiet
        Show no progress.
    """
    from galactograph.errors import InvalidValue
    from galactograph.examples import write_study
    from galactograph.phantom.settings import anatomy_from
    from galactograph.reporting.folder import FolderInUse, check_free, whole_folder
    from galactograph.simulation import simulate as make

    try:
        woman = anatomy_from(anatomy, settings, lesion=lesion)
    except InvalidValue as error:
        raise UsageError(str(error)) from None
    try:
        check_free(out, overwrite=overwrite)
    except FolderInUse as error:
        raise UsageError(str(error)) from None
    seeds = range(seed, seed + count)
    written: list[Path] = []
    with (
        progress("simulating", quiet=quiet) as tell,
        whole_folder(out, overwrite=overwrite) as aside,
    ):
        for done, number in enumerate(seeds):
            tell(f"seed {number}, {done + 1} of {count}", done / count)
            home = aside if count == 1 else aside / f"seed-{number}"
            files = write_study(make(seed=number, anatomy=woman), home)
            written += [out / path.relative_to(aside) for path in files]
        tell("done", 1.0)
    if as_json:
        told = {
            "out": str(out),
            "seeds": list(seeds),
            "simulated": True,
            "files": [str(path) for path in written],
        }
        print(json.dumps(told))
        return OK
    print(f"{count} simulated {'study' if count == 1 else 'studies'} in {out}")
    print("SIMULATED images for research; no patient was examined.")
    return OK

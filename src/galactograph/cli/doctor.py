"""`galactograph doctor`: is everything there, and what to do if not."""

# Heavy imports stand inside the checks, so that help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from galactograph.cli.errors import FAILURE, OK

LEAST_DISK_GB = 1.0
"""A simulated study and its report take about 0.1 GB. (assumed: room for ten)"""

LEAST_MEMORY_GB = 2.0
"""One view is read in at most 1.5 GB (the target that benchmarks check)."""

_CODECS = {
    "gdcm": ("JPEG lossless, baseline, RLE", "python-gdcm"),
    "openjpeg": ("JPEG 2000", "pylibjpeg-openjpeg"),
    "jpeg_ls": ("JPEG-LS", "pyjpegls"),
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing looked at: is it well, what was found, what to do if not."""

    name: str
    well: bool
    found: str
    remedy: str = ""


def doctor(
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    warm: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Say whether everything needed is there, and what to do if not.

    Parameters
    ----------
    as_json
        Print the checks as JSON.
    warm
        Also compile what is compiled at first use, so that later runs start quickly.
    """
    if warm:
        _warm()
    checks = list(examine())
    if as_json:
        print(json.dumps([asdict(check) for check in checks]))
    else:
        for check in checks:
            mark = "ok     " if check.well else "MISSING"
            print(f"{mark}  {check.name}: {check.found}")
            if not check.well:
                print(f"         {check.remedy}")
    return OK if all(check.well for check in checks) else FAILURE


def examine() -> Iterator[Check]:
    """Yield every check."""
    machine = f"{platform.system()} {platform.machine()}"
    yield Check(
        name="Python",
        well=sys.version_info >= (3, 11),
        found=f"{platform.python_version()} on {machine}",
        remedy="install Python 3.11 or newer",
    )
    yield from _packages()
    yield from _codecs()
    yield _cache()
    yield _disk()
    yield _memory()
    yield _fonts()


def _packages() -> Iterator[Check]:
    yield Check(name="galactograph", well=True, found=version("galactograph"))
    for line in requires("galactograph") or []:
        wanted, _, marker = line.partition(";")
        if "extra" in marker:
            continue
        name = wanted.split(">")[0].split("=")[0].split("<")[0].strip()
        try:
            found, well = version(name), True
        except PackageNotFoundError:
            found, well = "not installed", False
        yield Check(
            name=name, well=well, found=found, remedy=f"pip install '{wanted.strip()}'"
        )


def _codecs() -> Iterator[Check]:
    for module, (what, package) in _CODECS.items():
        there = find_spec(module) is not None
        yield Check(
            name=f"codec {package}",
            well=there,
            found=f"decodes {what}" if there else f"{what} cannot be decoded",
            remedy=f"pip install {package}",
        )


def _cache() -> Check:
    """Look whether compiled kernels can be kept; else each run compiles anew."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    from galactograph import kernels

    home = Path(named) if named else Path(kernels.__path__[0])
    user = Path.home() / ".cache" / "numba"
    well = _writable(home) or _writable(user)
    return Check(
        name="compiled kernels",
        well=well,
        found=f"kept in {home if _writable(home) else user}" if well else "not kept",
        remedy="set NUMBA_CACHE_DIR to a folder that can be written",
    )


def _writable(folder: Path) -> bool:
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    return os.access(there, os.W_OK)


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    temporary = shutil.disk_usage(tempfile.gettempdir()).free / 1e9
    return Check(
        name="disk",
        well=min(free, temporary) >= LEAST_DISK_GB,
        found=f"{free:.1f} GB free here, {temporary:.1f} GB for temporary files",
        remedy=f"free at least {LEAST_DISK_GB:g} GB",
    )


def _memory() -> Check:
    try:
        pages = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        free = pages / 1e9
    except (ValueError, OSError, AttributeError):
        return Check(name="memory", well=True, found="cannot be told on this system")
    # Memory that only caches files is free too, where Linux says how much.
    told = Path("/proc/meminfo")
    if told.exists():
        for line in told.read_text("utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                free = int(line.split()[1]) * 1024 / 1e9
    return Check(
        name="memory",
        well=free >= LEAST_MEMORY_GB,
        found=f"{free:.1f} GB available, {os.cpu_count()} processors",
        remedy=f"close other programs until {LEAST_MEMORY_GB:g} GB are available",
    )


def _fonts() -> Check:
    from PIL import features

    well = bool(features.check("freetype2"))
    return Check(
        name="fonts",
        well=well,
        found="words are drawn with Pillow's own font" if well else "no FreeType",
        remedy="pip install --force-reinstall pillow",
    )


def _warm() -> None:
    """Simulate and read a very small study, so that every kernel is compiled."""
    import galactograph
    from galactograph.examples import little_study

    galactograph.read(little_study(seed=1).study)

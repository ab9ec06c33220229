"""Half-value layers, and primary transmission beside xraylib and spekpy."""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from benchmarks.validation.sections import Row, Section, figure, png, within
from galactograph.kernels.beams import attenuate
from galactograph.xray.dose import half_value_layer
from galactograph.xray.exposure import MATERIALS
from galactograph.xray.materials import energies_kev, per_mm
from galactograph.xray.spectra import INHERENT_MM, PADDLE_MM, photons, weights

Floats = NDArray[np.float64]

# Typical half-value layers with the paddle, mm Al, and their tolerance.
# source: EUREF's table, as quoted in a maker's manual (found).
EUREF_HVL = {
    ("Mo/Mo", 25): (0.33, 0.02),
    ("Mo/Mo", 28): (0.36, 0.02),
    ("Mo/Mo", 31): (0.39, 0.02),
    ("Mo/Rh", 25): (0.40, 0.02),
    ("Mo/Rh", 28): (0.42, 0.02),
    ("Mo/Rh", 31): (0.44, 0.02),
    ("Rh/Rh", 25): (0.38, 0.02),
    ("Rh/Rh", 28): (0.43, 0.02),
    ("Rh/Rh", 31): (0.48, 0.02),
    ("W/Rh", 25): (0.52, 0.03),
    ("W/Rh", 28): (0.54, 0.03),
    ("W/Rh", 31): (0.56, 0.03),
}

# What lies in the beam: mm of fat, gland, water, iodine (mm mg/mL), calcium.
SLABS = {
    "50 mm, half and half": (25.0, 25.0, 0, 0, 0),
    "20 mm fat": (20.0, 0, 0, 0, 0),
    "80 mm, half and half": (40.0, 40.0, 0, 0, 0),
    "50 mm, 0.2 mm of 300 mg/mL": (25.0, 24.8, 0.2, 60.0, 0),
    "50 mm, 1 mm of 300 mg/mL": (25.0, 24.0, 1.0, 300.0, 0),
    "50 mm, 3 mm of 300 mg/mL": (25.0, 22.0, 3.0, 900.0, 0),
    "50 mm, 0.3 mm calcification": (25.0, 24.7, 0, 0, 0.3),
}


def peer(name: str) -> ModuleType | None:
    """Return a module that not every machine has."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def ours(beam: str, kv: float) -> Floats:
    """Return the simulated primary behind each of SLABS."""
    share, used = weights(beam, kv)
    mu = np.column_stack([per_mm(m)[used] for m in MATERIALS]).astype(np.float32)
    paths = np.array(list(SLABS.values()), np.float32).T[:, None, :]
    found = attenuate(np.ascontiguousarray(paths), mu, share.astype(np.float32))
    return np.asarray(found[0], float)


def theirs(spekpy: ModuleType, kv: float) -> Floats:
    """Return the same for W/Rh in bins of a quarter keV, spekpy's and xraylib's."""
    tools = _recipes()
    tube = spekpy.Spek(kvp=kv, targ="W", th=20, dk=0.25, z=100, mas=1)
    tube.multi_filter([("Be", 1.0), ("Rh", 0.05)])
    kev, fluence = tube.get_spectrum(edges=False)
    kept = kev > 5
    kev, fluence = kev[kept], fluence[kept]

    def mu(name: str) -> Floats:
        if name == "iodine":
            return np.array([tools.iodine_per_mm(e) for e in kev])
        parts, density = tools.TISSUES[name]
        return np.array([tools.per_mm(parts, density, e) for e in kev])

    through = np.exp(-PADDLE_MM * mu("pmma") - INHERENT_MM * mu("aluminium"))
    signal = fluence * through * (1 - np.exp(-0.2 * mu("selenium"))) * kev
    depth = np.array(list(SLABS.values())) @ np.array([mu(m) for m in MATERIALS])
    return (signal * np.exp(-depth)).sum(axis=1) / signal.sum()


def _recipes() -> ModuleType:
    """Return tools/make_tables.py: the compositions, in one place."""
    import importlib.util

    from benchmarks.children import ROOT

    path = ROOT / "tools" / "make_tables.py"
    spec = importlib.util.spec_from_file_location("make_tables", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def section() -> Section:
    """Return half-value layers and transmission."""
    rows = [
        Row(
            what=f"HVL, {beam} {kv} kV, mm Al",
            measured=f"{half_value_layer(beam, kv):.3f}",
            asked=f"{want:.2f} ± {slack:.2f}",
            source="EUREF (found)",
            passed=within(half_value_layer(beam, kv), want - slack, want + slack),
        )
        for (beam, kv), (want, slack) in EUREF_HVL.items()
    ]
    xraylib, spekpy = peer("xraylib"), peer("spekpy")
    chosen = (
        f"One inherent filter of {INHERENT_MM:g} mm aluminium, the same for every "
        "beam, is chosen so that all twelve layers lie within their tolerance."
    )
    notes = [chosen]
    if xraylib and spekpy:
        got = ours("W/Rh", 28)
        want = theirs(spekpy, 28)
        rows += [
            Row(
                what=f"primary, {name}",
                measured=f"{one:.5f}",
                asked=f"{two:.5f}, within 1.5 %",
                source=f"xraylib {xraylib.__version__}, spekpy (computed here)",
                passed=abs(one / two - 1) < 0.015,
            )
            for name, one, two in zip(SLABS, got, want, strict=True)
        ]
        notes.append(
            "The peers compute in bins of a quarter keV, the package in bins of one; "
            "the largest difference of the primary here is "
            f"{100 * np.abs(got / want - 1).max():.2f} %."
        )
    else:
        notes.append(
            "xraylib and spekpy are not installed here: transmission is not compared."
        )
    return Section(
        name="beams",
        title="Beams and primary transmission",
        how=(
            "First half-value layers behind the paddle, from the spectra that the "
            "package ships, beside the typical ones of European quality control; and "
            "the signal behind slabs, from the running kernel, W/Rh 28 kV, selenium."
        ),
        rows=tuple(rows),
        picture=_draw(),
        caption=(
            "Spectra behind the paddle (area 1), and half-value layers beside "
            "EUREF's with their tolerance."
        ),
        notes=tuple(notes),
    )


def _draw() -> bytes:
    drawn = figure(2, width=9.0)
    spectra, layers = drawn.axes
    for beam, kv in (("Mo/Mo", 28), ("W/Rh", 28), ("Rh/Ag", 34), ("W/Cu", 49)):
        n = photons(beam, kv)
        spectra.step(energies_kev(), n / n.sum(), where="mid", label=f"{beam} {kv} kV")
    iodine = spectra.axvline(33.17, color="0.5", linestyle=":")
    iodine.set_label("iodine's K edge")
    spectra.set(xlabel="keV", title="Photons, area 1")
    spectra.legend(frameon=False, fontsize=8)
    for number, beam in enumerate(dict.fromkeys(b for b, _ in EUREF_HVL)):
        points = [(kv, *v) for (b, kv), v in EUREF_HVL.items() if b == beam]
        kv, want, slack = np.array(points).T
        layers.errorbar(kv, want, slack, fmt="o", color=f"C{number}", capsize=3)
        fine = np.arange(24, 35.1, 0.5)
        line = [half_value_layer(beam, float(v)) for v in fine]
        layers.plot(fine, line, f"C{number}", label=beam)
    layers.set(xlabel="kV", title="Half-value layer, mm Al")
    layers.legend(frameon=False, fontsize=8)
    return png(drawn)

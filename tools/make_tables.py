# ruff: noqa: INP001
"""Generate the attenuation and spectra tables that the package ships.

Run with the `tables` extra installed: `python tools/make_tables.py`. Needs xraylib
(cross sections) and spekpy (spectra); neither is needed at run time. CS_Energy of
xraylib is never used: it is wrong (open issues 176 and 255 of that project).
"""

from pathlib import Path

import numpy as np
import spekpy
import xraylib

HERE = Path(__file__).resolve().parents[1] / "src" / "galactograph" / "data"

ENERGIES_KEV = np.arange(5.5, 50.0, 1.0)
"""Bin centres, 1 keV wide."""

# Mass fractions by atomic number, density g/cm3.
# source: Hammerstein 1979 (adipose, glandular); ICRU 44 (skin, water).
TISSUES: dict[str, tuple[dict[int, float], float]] = {
    "adipose": (
        {1: 0.112, 6: 0.619, 7: 0.017, 8: 0.251, 15: 0.00033, 16: 0.00033, 20: 0.00033},
        0.93,
    ),
    "glandular": (
        {1: 0.102, 6: 0.184, 7: 0.032, 8: 0.677, 15: 0.00167, 16: 0.00167, 20: 0.00167},
        1.04,
    ),
    "skin": (
        {
            1: 0.100,
            6: 0.204,
            7: 0.042,
            8: 0.645,
            11: 0.002,
            15: 0.001,
            16: 0.002,
            17: 0.003,
        },
        1.09,
    ),
    "water": ({1: 0.1119, 8: 0.8881}, 1.0),
    "pmma": ({1: 0.0805, 6: 0.5998, 8: 0.3196}, 1.19),
    # Calcium hydroxyapatite Ca5(PO4)3(OH); density of breast specks, assumed.
    "calcium": ({1: 0.0020, 8: 0.4141, 15: 0.1850, 20: 0.3989}, 2.3),
    "selenium": ({34: 1.0}, 4.27),
}

# Iohexol C19H26I3N3O9, 46.36 % iodine; density 1 + 0.349 c / 300 at c mg iodine per
# mL (Omnipaque 300: 1.349 g/mL, label). The solution is linear in c.
IOHEXOL = {6: 19 * 12.011, 1: 26 * 1.008, 53: 3 * 126.904, 7: 3 * 14.007, 8: 9 * 15.999}

# source: 20 degree anode, 1 mm Be, filters of the vendors (design); thickness mm.
BEAMS = {
    "W/Rh": ("W", "Rh", 0.05),
    "W/Ag": ("W", "Ag", 0.05),
    "Mo/Mo": ("Mo", "Mo", 0.03),
}
KILOVOLTS = range(24, 36)


def per_mm(parts: dict[int, float], density: float, kev: float) -> float:
    """Return linear attenuation, 1/mm."""
    return density * sum(w * xraylib.CS_Total(z, kev) for z, w in parts.items()) / 10


def iodine_per_mm(kev: float) -> float:
    """Return what 1 mg/mL of iodine adds to water, 1/mm: drug less displaced water."""
    drug = 1 / 463.6
    water = 0.349 / 300 - drug
    total = sum(IOHEXOL.values())
    mu_drug = sum(m / total * xraylib.CS_Total(z, kev) for z, m in IOHEXOL.items())
    mu_water = sum(w * xraylib.CS_Total(z, kev) for z, w in TISSUES["water"][0].items())
    return (drug * mu_drug + water * mu_water) / 10


def spectrum(beam: str, kv: int) -> np.ndarray:
    """Return photons per mm^2 and mAs at 1 m, in each bin."""
    anode, metal, thickness = BEAMS[beam]
    tube = spekpy.Spek(kvp=kv, targ=anode, th=20, dk=0.25, z=100, mas=1)
    tube.multi_filter([("Be", 1.0), (metal, thickness)])
    kev, fluence = tube.get_spectrum(edges=False)
    edges = np.concatenate([ENERGIES_KEV - 0.5, [ENERGIES_KEV[-1] + 0.5]])
    return np.histogram(kev, edges, weights=fluence * 0.25)[0] / 100


def main() -> None:
    """Write attenuation.csv and spectra.csv."""
    names = [*TISSUES, "iodine"]
    columns = [
        [per_mm(parts, density, float(e)) for e in ENERGIES_KEV]
        for parts, density in TISSUES.values()
    ]
    columns.append([iodine_per_mm(float(e)) for e in ENERGIES_KEV])
    note = (
        f"# Linear attenuation, 1/mm; iodine: per mg/mL. source: xraylib "
        f"{xraylib.__version__} CS_Total, compositions in tools/make_tables.py\n"
    )
    with (HERE / "attenuation.csv").open("w") as out:
        out.write(note + ",".join(["kev", *names]) + "\n")
        for i, e in enumerate(ENERGIES_KEV):
            row = [f"{e:.1f}", *(f"{c[i]:.6g}" for c in columns)]
            out.write(",".join(row) + "\n")
    note = (
        "# Photons per mm^2 and mAs at 1 m in 1 keV bins. source: spekpy 2.5.4, "
        "20 degree anode, 1 mm Be, filters in tools/make_tables.py\n"
    )
    table = {(b, kv): spectrum(b, kv) for b in BEAMS for kv in KILOVOLTS}
    with (HERE / "spectra.csv").open("w") as out:
        out.write(note + ",".join(["kev", *(f"{b}@{kv}" for b, kv in table)]) + "\n")
        for i, e in enumerate(ENERGIES_KEV):
            row = [f"{e:.1f}", *(f"{s[i]:.6g}" for s in table.values())]
            out.write(",".join(row) + "\n")


if __name__ == "__main__":
    main()

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
    # Solid caesium iodide; a panel of needles says how much of its depth is crystal.
    "caesium_iodide": ({53: 0.4885, 55: 0.5115}, 4.51),
    "aluminium": ({13: 1.0}, 2.699),
    "gold": ({79: 1.0}, 19.3),
}

# Dry air by mass. source: ICRU 37 (remembered).
AIR = {6: 0.000124, 7: 0.755267, 8: 0.231781, 18: 0.012827}

# Iohexol C19H26I3N3O9, 46.36 % iodine; density 1 + 0.349 c / 300 at c mg iodine per
# mL (Omnipaque 300: 1.349 g/mL, label). The solution is linear in c.
IOHEXOL = {6: 19 * 12.011, 1: 26 * 1.008, 53: 3 * 126.904, 7: 3 * 14.007, 8: 9 * 15.999}

# source: 20 degree anode, 1 mm Be, filters of the vendors (design); thickness mm.
BEAMS = {
    "W/Rh": ("W", "Rh", 0.05),
    "W/Ag": ("W", "Ag", 0.05),
    "Mo/Mo": ("Mo", "Mo", 0.03),
    "Mo/Rh": ("Mo", "Rh", 0.025),
    "Rh/Rh": ("Rh", "Rh", 0.025),
    "Rh/Ag": ("Rh", "Ag", 0.03),
    "W/Al": ("W", "Al", 0.7),
    "W/Cu": ("W", "Cu", 0.3),
}
KILOVOLTS = {beam: range(24, 36) for beam in BEAMS} | {"W/Cu": range(40, 50)}

# Angles between the rays and the face of the anode, degrees.
TAKE_OFF_DEG = range(3, 31)


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


def transferred(kev: float) -> float:
    """Return the mean share of its energy that a photon leaves in a Compton event.

    Klein and Nishina, free electrons.
    """
    angle = np.linspace(0, np.pi, 2001)
    kept = 1 / (1 + kev / 510.999 * (1 - np.cos(angle)))
    likely = kept**2 * (kept + 1 / kept - np.sin(angle) ** 2) * np.sin(angle)
    return float((likely * (1 - kept)).sum() / likely.sum())


def air_absorption(kev: float) -> float:
    """Return the mass energy-absorption of air, cm^2/g.

    Within 0.7 % of NIST between 10 and 50 keV.
    """
    lost = transferred(kev)
    return sum(
        w * (xraylib.CS_Photo(z, kev) + lost * xraylib.CS_Compt(z, kev))
        for z, w in AIR.items()
    )


def heel(anode: str, degrees: float) -> float:
    """Return air kerma behind 0.05 mm of rhodium at one take-off angle, 28 kV."""
    tube = spekpy.Spek(kvp=28, targ=anode, th=degrees, dk=0.5, z=100, mas=1)
    tube.multi_filter([("Be", 1.0), ("Rh", 0.05)])
    return float(tube.get_kerma())


def spectrum(beam: str, kv: int) -> np.ndarray:
    """Return photons per mm^2 and mAs at 1 m, in each bin."""
    anode, metal, thickness = BEAMS[beam]
    tube = spekpy.Spek(kvp=kv, targ=anode, th=20, dk=0.25, z=100, mas=1)
    tube.multi_filter([("Be", 1.0), (metal, thickness)])
    kev, fluence = tube.get_spectrum(edges=False)
    edges = np.concatenate([ENERGIES_KEV - 0.5, [ENERGIES_KEV[-1] + 0.5]])
    return np.histogram(kev, edges, weights=fluence * 0.25)[0] / 100


def write(name: str, note: str, columns: dict[str, np.ndarray]) -> None:
    """Write one table: a line of sources, a line of names, the numbers."""
    first, *rest = columns
    with (HERE / f"{name}.csv").open("w") as out:
        out.write(f"# {note}\n" + ",".join(columns) + "\n")
        for i, key in enumerate(columns[first]):
            out.write(",".join([f"{key:.1f}", *(f"{columns[c][i]:.6g}" for c in rest)]))
            out.write("\n")


def main() -> None:
    """Write attenuation.csv, air.csv, spectra.csv and heel.csv."""
    kev = [float(e) for e in ENERGIES_KEV]
    columns = {"kev": ENERGIES_KEV}
    for name, (parts, density) in TISSUES.items():
        columns[name] = np.array([per_mm(parts, density, e) for e in kev])
    columns["iodine"] = np.array([iodine_per_mm(e) for e in kev])
    write(
        "attenuation",
        f"Linear attenuation, 1/mm; iodine: per mg/mL. source: xraylib "
        f"{xraylib.__version__} CS_Total, compositions in tools/make_tables.py",
        columns,
    )
    write(
        "air",
        f"Mass energy-absorption of dry air, cm2/g. source: xraylib "
        f"{xraylib.__version__} CS_Photo and CS_Compt, Klein-Nishina transfer",
        {"kev": ENERGIES_KEV, "air": np.array([air_absorption(e) for e in kev])},
    )
    columns = {"kev": ENERGIES_KEV}
    for beam, kilovolts in KILOVOLTS.items():
        columns |= {f"{beam}@{kv}": spectrum(beam, kv) for kv in kilovolts}
    write(
        "spectra",
        "Photons per mm^2 and mAs at 1 m in 1 keV bins. source: spekpy 2.5.4, "
        "20 degree anode, 1 mm Be, filters in tools/make_tables.py",
        columns,
    )
    columns = {"degrees": np.array(TAKE_OFF_DEG, float)}
    for anode in ("W", "Mo", "Rh"):
        output = np.array([heel(anode, d) for d in TAKE_OFF_DEG])
        columns[anode] = output / output[TAKE_OFF_DEG.index(20)]
    write(
        "heel",
        "Air kerma by take-off angle over that at 20 degrees, 28 kV, 0.05 mm Rh. "
        "source: spekpy 2.5.4",
        columns,
    )


if __name__ == "__main__":
    main()

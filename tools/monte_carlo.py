# ruff: noqa: INP001, NPY002, PLR0917, T201
"""Follow photons through Dance's breast, for factors that his tables lack.

Run with the `tables` extra installed: `python tools/monte_carlo.py`. Analogue Monte
Carlo: photoelectric absorption, coherent and incoherent scattering with form factors,
Woodcock tracking. Writes glandularity.csv: dose to glandular tissue by glandularity
over that at one half (the c factor), and prints dose per incident air kerma at one
half beside the g and s factors.

source: geometry of Dance 1990 (half cylinder of 80 mm, 5 mm of fat all around a
mixture, focal spot 600 mm above the support), remembered.
"""

import math
from functools import cache

import numpy as np
import xraylib
from make_tables import AIR, ENERGIES_KEV, HERE, TISSUES, transferred
from numba import njit, prange

from galactograph.xray.dose import g_factor, half_value_layer, s_factor
from galactograph.xray.spectra import photons

RADIUS_MM, FAT_MM, FOCUS_MM = 80.0, 5.0, 600.0
THICKNESSES_MM = (20.0, 30.0, 45.0, 60.0, 80.0, 110.0)
SHARES = (0.001, 0.25, 0.5, 0.75, 1.0)
BEAMS = (("Mo/Mo", 26), ("W/Rh", 28), ("W/Al", 34))
HISTORIES = 2_400_000
WORKERS = 16
QUANTILES = 256


def mixture(share: float) -> tuple[dict[int, float], float]:
    """Return mass fractions and density of glandular and fat, mixed by mass."""
    fat, fat_density = TISSUES["adipose"]
    gland, gland_density = TISSUES["glandular"]
    parts: dict[int, float] = {}
    for one, weight in ((fat, 1 - share), (gland, share)):
        whole = sum(one.values())
        for z, w in one.items():
            parts[z] = parts.get(z, 0) + weight * w / whole
    return parts, 1 / (share / gland_density + (1 - share) / fat_density)


@cache
def element_angles(z: int, compton: bool) -> np.ndarray:  # noqa: FBT001
    """Return the differential cross section by energy and cosine, (E, 101)."""
    kind = xraylib.DCS_Compt if compton else xraylib.DCS_Rayl
    cosine = np.linspace(-1, 1, 101)
    angle = np.clip(np.arccos(cosine), 0.06, math.pi - 1e-3)
    return np.array([[kind(z, float(e), t) for t in angle] for e in ENERGIES_KEV])


def cosines(parts: dict[int, float], compton: bool) -> np.ndarray:  # noqa: FBT001
    """Return quantiles of the cosine of scattering, (E, QUANTILES)."""
    likely = sum(w * element_angles(z, compton) for z, w in parts.items())
    cosine = np.linspace(-1, 1, 1001)
    wanted = (np.arange(QUANTILES) + 0.5) / QUANTILES
    out = np.empty((len(likely), QUANTILES), np.float32)
    for i, row in enumerate(np.asarray(likely)):
        fine = np.interp(cosine, cosine[::10], row)
        grown = np.concatenate([[0], np.cumsum(0.5 * (fine[1:] + fine[:-1]))])
        out[i] = np.interp(wanted, grown / grown[-1], cosine)
    return out


def absorption(parts: dict[int, float]) -> np.ndarray:
    """Return mass energy-absorption, cm^2/g, by energy."""
    out = []
    for e in map(float, ENERGIES_KEV):
        lost = transferred(e)
        out.append(
            sum(
                w * (xraylib.CS_Photo(z, e) + lost * xraylib.CS_Compt(z, e))
                for z, w in parts.items()
            )
        )
    return np.array(out)


@njit(parallel=True, fastmath=True)
def follow(histories, grown, photo, coherent, incoherent, angles, gland, thick, seed):  # noqa: ANN001, ANN201, C901, PLR0913
    """Return keV left in the mixture, weighed for gland, by each worker."""
    left = np.zeros(WORKERS)
    most = np.zeros(len(grown))
    for e in range(len(grown)):
        for m in range(2):
            most[e] = max(most[e], photo[m, e] + coherent[m, e] + incoherent[m, e])
    for worker in prange(WORKERS):
        np.random.seed(seed + 7919 * worker)
        total = 0.0
        for _ in range(histories // WORKERS):
            e = np.searchsorted(grown, np.random.random())
            kev = 5.5 + e
            # Aim evenly at the rectangle that holds the upper face.
            x = (2 * np.random.random() - 1) * RADIUS_MM
            y = np.random.random() * RADIUS_MM
            height = FOCUS_MM - thick
            norm = math.sqrt(x * x + y * y + height * height)
            dx, dy, dz = x / norm, y / norm, -height / norm
            z = thick
            while True:
                step = -math.log(np.random.random()) / most[e]
                x, y, z = x + step * dx, y + step * dy, z + step * dz
                r = math.sqrt(x * x + y * y)
                if z <= 0 or z >= thick or y < 0 or r > RADIUS_MM:
                    break
                inner = FAT_MM < z < thick - FAT_MM and r < RADIUS_MM - FAT_MM
                m = 0 if inner else 1
                u = np.random.random() * most[e]
                if u < photo[m, e]:
                    if inner:
                        total += kev * gland[e]
                    break
                u -= photo[m, e]
                if u >= coherent[m, e] + incoherent[m, e]:
                    continue
                scattered = u >= coherent[m, e]
                q = int(np.random.random() * QUANTILES)
                cosine = angles[m, 1 if scattered else 0, e, q]
                if scattered:
                    after = kev / (1 + kev / 510.999 * (1 - cosine))
                    if inner:
                        total += (kev - after) * gland[e]
                    kev = after
                    e = int(kev - 5.0)
                    if e < 0:
                        break
                turn = 2 * math.pi * np.random.random()
                sine = math.sqrt(max(0.0, 1 - cosine * cosine))
                a, b = sine * math.cos(turn), sine * math.sin(turn)
                flat = math.sqrt(max(1 - dz * dz, 1e-12))
                dx, dy, dz = (
                    a * dx * dz / flat - b * dy / flat + cosine * dx,
                    a * dy * dz / flat + b * dx / flat + cosine * dy,
                    -a * flat + cosine * dz,
                )
                norm = 1 / math.sqrt(dx * dx + dy * dy + dz * dz)
                dx, dy, dz = dx * norm, dy * norm, dz * norm
        left[worker] = total
    return left


def dose_per_kerma(beam: str, kv: float, thick_mm: float, share: float) -> float:
    """Return mean glandular dose over incident air kerma."""
    stuff = (mixture(share), mixture(0.0))
    cross = {
        name: np.array(
            [
                [
                    density * sum(w * kind(z, float(e)) for z, w in parts.items()) / 10
                    for e in ENERGIES_KEV
                ]
                for parts, density in stuff
            ]
        )
        for name, kind in (
            ("photo", xraylib.CS_Photo),
            ("coherent", xraylib.CS_Rayl),
            ("incoherent", xraylib.CS_Compt),
        )
    }
    angles = np.array([[cosines(p, False), cosines(p, True)] for p, _ in stuff])
    ones = absorption(mixture(1.0)[0]), absorption(mixture(0.0)[0])
    gland = ones[0] / (share * ones[0] + (1 - share) * ones[1])
    weight = photons(beam, kv)
    grown = np.cumsum(weight) / weight.sum()
    grown[-1] = 1.0
    left = follow(HISTORIES, grown, *cross.values(), angles, gland, thick_mm, 1).sum()
    area = 2 * RADIUS_MM**2
    air = absorption(AIR)
    kerma = HISTORIES / area * 100 * (weight * ENERGIES_KEV * air).sum() / weight.sum()
    half = math.pi * (RADIUS_MM - FAT_MM) ** 2 / 2
    grams = half * (thick_mm - 2 * FAT_MM) / 1000 * stuff[0][1]
    # The chest wall side has no fat: the mixture reaches it.
    return float(left / grams / kerma)


def main() -> None:
    """Write glandularity.csv and print the check at one half."""
    with (HERE / "glandularity.csv").open("w") as out:
        out.write(
            "# Glandular dose over that at glandularity 0.5 (Dance's c). source: "
            "tools/monte_carlo.py, derived\n"
        )
        out.write("hvl_mm,thickness_mm," + ",".join(f"{s:g}" for s in SHARES) + "\n")
        for beam, kv in BEAMS:
            hvl = half_value_layer(beam, kv)
            for thick in THICKNESSES_MM:
                found = [dose_per_kerma(beam, kv, thick, s) for s in SHARES]
                ratio = [f / found[SHARES.index(0.5)] for f in found]
                numbers = ",".join(f"{r:.4f}" for r in ratio)
                out.write(f"{hvl:.3f},{thick:g},{numbers}\n")
                table = g_factor(thick, hvl) * s_factor(beam)
                print(f"{beam} {kv} {thick:5.0f} mm: {found[2]:.4f} tables {table:.4f}")


if __name__ == "__main__":
    main()

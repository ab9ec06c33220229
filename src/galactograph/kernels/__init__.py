"""Compiled loops; numba lives only here."""

import os

# A thread that waits for the others of a loop shall sleep: by default it spins, and
# takes the core from the view that is read beside this one. Read when the first loop
# runs; who has chosen otherwise is left alone.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

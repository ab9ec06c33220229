"""Compiled loops; numba lives only here."""

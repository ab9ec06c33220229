"""Radiography: materials, spectra, detector, exposure."""

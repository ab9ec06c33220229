"""Measure the simulated physics and put it beside the real figures."""

"""Tomosynthesis: slices of the breast from a sweep of projections."""

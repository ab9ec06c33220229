"""Filled ducts in an image: prepare, segment, trace, measure, correlate."""

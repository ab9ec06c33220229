"""Headers without names: PS3.15 Annex E, its table, its options, and a search."""

"""Readings beside the truth of simulated studies: the one room that sees both."""

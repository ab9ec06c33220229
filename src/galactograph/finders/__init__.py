"""One module a kind of finding, each with find(reading)."""

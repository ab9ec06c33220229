"""Tests of both lines end to end; a package, so that names may repeat."""

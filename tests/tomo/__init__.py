"""Tests of the room that reads ducts; a package, so that they share `scenes`."""

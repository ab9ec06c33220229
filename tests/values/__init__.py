"""Tests of the nouns; a package, so that names may repeat those of other rooms."""

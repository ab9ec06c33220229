"""The nouns that flow: frozen, checked once, without views."""

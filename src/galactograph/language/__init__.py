"""What is said to people, by language: one catalogue (TOML) for each."""

from galactograph.language.catalogue import ENGLISH, LANGUAGES, Tongue, tongue

__all__ = ["ENGLISH", "LANGUAGES", "Tongue", "tongue"]

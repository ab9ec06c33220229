"""What the program is measured by; run from the root of the repository."""

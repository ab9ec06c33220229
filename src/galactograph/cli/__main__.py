"""Run the program as `python -m galactograph.cli`."""

from galactograph.cli.app import main

main()

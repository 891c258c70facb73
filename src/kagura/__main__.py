"""``python -m kagura``."""

from kagura.cli.main import main

main()

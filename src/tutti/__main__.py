"""``tutti`` and ``python -m tutti``."""

from tutti.commands import main

__all__ = ["main"]

if __name__ == "__main__":
    main()

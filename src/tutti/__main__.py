"""``tutti`` and ``python -m tutti``."""

from tutti.commands import app


def main() -> None:
    """Run the command line."""
    app.meta()


if __name__ == "__main__":
    main()

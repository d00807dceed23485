"""`python -m bot` is the same as `hotline`."""

import sys


def main() -> None:
    """The console script."""
    if sys.argv[1:] == ["serve"]:
        # What runs for months does without the parser of all commands: 3 MB, and a part
        # of every start.
        from bot.running import run
        from bot.serve import serve

        sys.exit(run(serve))
    from bot.cli import cli

    cli()


if __name__ == "__main__":
    main()

"""The command line. One module a noun; heavy libraries are imported by the command that needs them."""


def main() -> None:
    """Entry point of the `nanni` command."""
    from nanni.cli.commands import run

    run()

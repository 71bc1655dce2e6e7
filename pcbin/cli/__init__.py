"""The command line. Each command's module is imported when the command is called, so that all start fast."""

from __future__ import annotations


def main() -> None:
    """The entry point of `pcbin`; does not return."""
    from pcbin.cli.program import program

    program(prog_name="pcbin")

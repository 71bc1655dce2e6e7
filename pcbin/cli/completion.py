"""`pcbin completion`: the script that lets a shell complete pcbin's command lines."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    With it, the tab key completes commands, options, files and the names of models.

    \b
    Examples:
      pcbin completion bash > ~/.local/share/bash-completion/completions/pcbin
      pcbin completion fish > ~/.config/fish/completions/pcbin.fish
      eval "$(pcbin completion zsh)"             in ~/.zshrc, after compinit
    """
    click.echo(script(shell), nl=False)


def script(shell: str) -> str:
    """The completion script of one of SHELLS; cli/completions holds the same."""
    from click.shell_completion import get_completion_class

    from pcbin.cli.program import program

    kind = get_completion_class(shell)
    assert kind is not None  # click knows these shells
    found = kind(program, {}, "pcbin", "_PCBIN_COMPLETE")
    lines = (found.source_template % found.source_vars()).strip().split("\n")
    return "\n".join(line.rstrip() for line in lines) + "\n"

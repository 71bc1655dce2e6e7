"""Writes the man pages and shell completions from the commands themselves.

python cli/generate.py            writes cli/man and cli/completions
python cli/generate.py --check    says which files are out of date, and fails if any is
"""

from __future__ import annotations

import sys
from inspect import cleandoc
from pathlib import Path

import click

from pcbin._version import __version__
from pcbin.cli.completion import SHELLS, script
from pcbin.cli.program import program

HERE = Path(__file__).parent
EXIT_STATUS = (
    ("0", "All went well."),
    ("1", "An input could not be used; of several, the others were."),
    ("2", "The command line is wrong."),
    ("130", "Interrupted from the keyboard."),
    ("141", "The reader of the output went away."),
)


def generated() -> dict[str, str]:
    """All files by their path below cli/."""
    pages = {
        f"man/{name.replace(' ', '-')}.1": _page(name, command) for name, command in _walk("pcbin", program)
    }
    return pages | {f"completions/pcbin.{shell}": script(shell) for shell in SHELLS}


def _walk(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    found = [(name, command)]
    if isinstance(command, click.Group):
        context = _context(command)
        for child in command.list_commands(context):
            below = command.get_command(context, child)
            assert below is not None
            found += _walk(f"{name} {child}", below)
    return found


def _context(command: click.Command) -> click.Context:
    """With the settings that subcommands inherit when they are called, -h among them."""
    return click.Context(command, **program.context_settings)


def _page(name: str, command: click.Command) -> str:
    first, *paragraphs = cleandoc(command.help or "").split("\n\n")
    lines = [
        f'.TH {name.replace(" ", "-").upper()} 1 "" "pcbin {__version__}" "pcbin manual"',
        ".SH NAME",
        f"{_roff(name.replace(' ', '-'))} \\- {_roff(' '.join(first.split()).rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {_roff(name)}",
        _roff(" ".join(["[OPTIONS]", *(_usage(p) for p in command.params if isinstance(p, click.Argument))])),
    ]
    if isinstance(command, click.Group):
        lines[-1] += " COMMAND [ARGS]..."
    lines += [".SH DESCRIPTION", *_paragraphs(paragraphs)]
    options = [p for p in command.get_params(_context(command)) if isinstance(p, click.Option)]
    lines += [".SH OPTIONS", *(line for option in options for line in _option(option))]
    if isinstance(command, click.Group):
        context = _context(command)
        lines += [".SH COMMANDS"]
        for child in command.list_commands(context):
            below = command.get_command(context, child)
            assert below is not None
            lines += [".TP", f".B {_roff(child)}", _roff(below.get_short_help_str(200))]
    lines += [".SH EXIT STATUS"]
    lines += [line for code, text in EXIT_STATUS for line in (".TP", f".B {code}", _roff(text))]
    others = [other for other, _ in _walk("pcbin", program) if other != name]
    shown = ", ".join(f"\\fB{_roff(other.replace(' ', '-'))}\\fR(1)" for other in others)
    return "\n".join([*lines, ".SH SEE ALSO", shown]) + "\n"


def _paragraphs(paragraphs: list[str]) -> list[str]:
    lines: list[str] = []
    for paragraph in paragraphs:
        if paragraph.startswith("\b\n"):  # click's mark for text that keeps its lines
            _, title, *rest = paragraph.rstrip().split("\n")
            lines += [".PP", _roff(title), ".PP", ".nf", *(_roff(line) for line in rest), ".fi"]
        else:
            lines += [".PP", _roff(" ".join(paragraph.split()))]
    return lines


def _usage(argument: click.Argument) -> str:
    name = (argument.name or "").upper() + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _option(option: click.Option) -> list[str]:
    opts = sorted(option.opts, key=len)  # older click holds those of --help in a set, in any order
    names = ", ".join(f"\\fB{_roff(name)}\\fR" for name in (*opts, *option.secondary_opts))
    value = ""
    if not option.is_flag and not option.count:
        choices = option.type.choices if isinstance(option.type, click.Choice) else ()
        value = f" \\fI{_roff(option.metavar or '|'.join(map(str, choices)) or 'VALUE')}\\fR"
    default = f" [default: {option.default}]" if option.show_default else ""
    return [".TP", names + value, _roff(" ".join((option.help or "").split()) + default)]


def _roff(text: str) -> str:
    """Text in which nothing is a command, and hyphens can be copied as they were typed."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def main() -> None:
    wanted = generated()
    present = {
        path.relative_to(HERE).as_posix(): path.read_text(encoding="utf-8")
        for folder in ("man", "completions")
        for path in sorted((HERE / folder).glob("*"))
    }
    stale = sorted(name for name in {*wanted, *present} if wanted.get(name) != present.get(name))
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"cli/{name} is out of date: run python cli/generate.py")
        sys.exit(bool(stale))
    for name in stale:
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in wanted:
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()
        print(path)


if __name__ == "__main__":
    main()

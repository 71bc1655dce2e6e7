"""The `pcbin` command: its subcommands, imported one at a time, and what becomes of errors.

Exit codes: 0 all went well, 1 an input could not be used (also one of many), 2 the command line is wrong,
130 interrupted, 141 the reader of our output went away, 143 terminated.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from pcbin._version import __version__
from pcbin.cli._console import describe, error_line
from pcbin.cli._interrupts import Terminated, terminate_like_ctrl_c
from pcbin.errors import PcbinError
from pcbin.formats.urls import is_url

FAILED, INTERRUPTED, BROKEN_PIPE, TERMINATED = 1, 130, 141, 143

COMMANDS = {
    "encode": "pcbin.cli.encode:encode",
    "encode-dataset": "pcbin.cli.encode_dataset:encode_dataset",
    "decode": "pcbin.cli.decode:decode",
    "truncate": "pcbin.cli.truncate:truncate",
    "merge": "pcbin.cli.merge:merge",
    "compact": "pcbin.cli.compact:compact",
    "export": "pcbin.cli.export:export",
    "import": "pcbin.cli.import_:import_",
    "list": "pcbin.cli.list_:list_",
    "info": "pcbin.cli.info:info",
    "verify": "pcbin.cli.verify:verify",
    "view": "pcbin.cli.view:view",
    "render": "pcbin.cli.render:render",
    "report": "pcbin.cli.report:report",
    "eval": "pcbin.cli.evaluate:evaluate",
    "cluster": "pcbin.cli.cluster:cluster",
    "generate": "pcbin.cli.generate:generate",
    "interpolate": "pcbin.cli.interpolate:interpolate",
    "arithmetic": "pcbin.cli.arithmetic:arithmetic",
    "index": "pcbin.cli.index:index",
    "similar": "pcbin.cli.similar:similar",
    "dupes": "pcbin.cli.dupes:dupes",
    "id": "pcbin.cli.id_:id_",
    "models": "pcbin.cli.models:models",
    "train": "pcbin.cli.train:train",
    "freeze": "pcbin.cli.freeze:freeze",
    "completion": "pcbin.cli.completion:completion",
    "reproduce": "pcbin.cli.reproduce:reproduce",
}

TAKE_URLS = {"encode-dataset"}


class Program(click.Group):
    """A group that imports a subcommand when it is needed, and turns errors into one line each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Refuses URLs, of which `pathlib` would make paths of folders that are called "s3:"."""
        for word in args[1:] if args[0] not in TAKE_URLS else ():
            if is_url(word) and not word.startswith("-") and "=" not in word.partition("://")[0]:
                raise click.UsageError(
                    f"{word}: a URL, and pcbin {args[0]} takes paths; copy the file here, or use Python: "
                    "pcbin.open and read_cloud take URLs",
                    ctx,
                )
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        terminate_like_ctrl_c()
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # a full disk or a closed pipe shows here at the latest
            return result
        except BrokenPipeError:
            _leave_pipe()
        except (KeyboardInterrupt, click.Abort) as stop:
            ended = isinstance(stop, Terminated)
            error_line("terminated" if ended else "interrupted")
            ctx.exit(TERMINATED if ended else INTERRUPTED)
        except (PcbinError, OSError, MemoryError) as error:
            error_line(describe(error))
            ctx.exit(FAILED)


def _leave_pipe() -> NoReturn:
    """Ends quietly, as programs do when the reader of their output is gone (`| head`)."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())  # or Python complains when it flushes at exit
    except (OSError, ValueError):  # no real stream to redirect
        pass
    finally:
        os.close(nowhere)
    sys.exit(BROKEN_PIPE)


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Run `pcbin COMMAND --help` for the options and examples of a command.",
)
@click.version_option(__version__, prog_name="pcbin", message="%(prog)s %(version)s")
def program() -> None:
    """Turns point clouds of single objects into 128-bit codes in small .pcb files, and back.

    \b
    Examples:
      pcbin encode chair.ply            writes chair.pcb and says how good it is
      pcbin decode chair.pcb -o back.ply
      pcbin encode chairs/ -o all.pcb   a folder in one archive
    """

"""What goes to the terminal: data on standard output, messages and progress on standard error."""

from __future__ import annotations

import errno
import json
import math
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import click

from pcbin._words import printable
from pcbin.errors import PcbinError, displayed

REMEDIES = {
    errno.ENOSPC: "; make room, or write to another disk",
    errno.EACCES: "; check the permissions",
    errno.EISDIR: "; name a file, not a folder",
    errno.ENOENT: "; check the path",
}
NO_SUCH = "no such file or folder"
REDRAW_S = 0.1


def describe(error: BaseException, name: str = "") -> str:
    """One line about an error, which begins with the input's name where that is known."""
    if isinstance(error, OSError) and not isinstance(error, PcbinError):
        where = f"{error.filename}: " if error.filename is not None else ""
        what = NO_SUCH if error.errno == errno.ENOENT else error.strerror or error
        text = f"{where}{what}{REMEDIES.get(error.errno or 0, '')}"
    elif isinstance(error, MemoryError):
        text = "out of memory; use a smaller cloud, or a machine with more memory"
    else:
        text = str(error)
    return text if not name or text.startswith((name, displayed(name))) else f"{name}: {text}"


def error_line(text: str) -> None:
    click.echo(f"pcbin: error: {printable(text)}", err=True)


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: NaN and infinities are null, bytes are hex digits."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


class Attempt:
    """Keeps the errors of one input from ending the command."""

    def __init__(self, console: Console, name: str) -> None:
        self._console, self._name = console, name

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        expected = isinstance(error, PcbinError | OSError | MemoryError)
        if error is None or not expected or isinstance(error, BrokenPipeError):
            return False
        self._console.error(error, self._name)
        return True


class Console:
    """Messages of one command run.

    as_json: reports are JSON lines on standard output, one object an input. quiet: no reports and no notes,
    only warnings and errors. data_on_stdout: standard output carries a file, so reports move to standard
    error, and only to a terminal.
    """

    def __init__(self, *, as_json: bool = False, quiet: bool = False, data_on_stdout: bool = False) -> None:
        if as_json and data_on_stdout:
            raise click.UsageError(
                "--json writes to standard output, which already carries the file; use -o FILE"
            )
        self.as_json = as_json
        self._err = data_on_stdout
        terminal = sys.stderr.isatty()
        self._show = not quiet and (not data_on_stdout or terminal)
        self._bar = not quiet and terminal
        self._drawn = 0.0
        self._began = time.monotonic()
        self.failed = self.skipped = 0

    def report(self, text: str, document: Mapping[str, Any]) -> None:
        """The result for one input: `document` with --json, else `text`."""
        self._clear()
        if self.as_json:
            click.echo(json.dumps(plain(document), allow_nan=False))
        elif self._show:
            click.echo("\n".join(printable(line) for line in text.split("\n")), err=self._err)

    def warn(self, text: str) -> None:
        self._clear()
        click.echo(f"pcbin: warning: {printable(text)}", err=True)

    def error(self, error: BaseException, name: str) -> None:
        """An input that failed, while the others go on."""
        self._clear()
        self.failed += 1
        text = describe(error, name)
        if self.as_json:
            click.echo(json.dumps({"input": name, "error": text}))
        error_line(text)

    def skip(self, name: str, target: str) -> None:
        """An input whose output is there already."""
        self.skipped += 1
        if self.as_json:
            self.report("", {"input": name, "output": target, "skipped": True})

    def attempt(self, name: str) -> Attempt:
        """Work on one of several inputs: its failure is reported and counted, and the others go on."""
        return Attempt(self, name)

    def finish(self, total: int) -> None:
        """Says how many inputs were skipped and how many failed; if any did, ends with exit code 1."""
        self._clear()
        if self.skipped and self._show:
            click.echo(f"pcbin: {self.skipped} of {total} skipped: already there", err=True)
        if self.failed:
            if total > 1:
                click.echo(f"pcbin: {self.failed} of {total} failed", err=True)
            raise click.exceptions.Exit(1)

    def progress(self, done: int, total: int) -> None:
        """Redraws the bar, the rate and the time left: on terminals, while there is more to do.

        What was skipped took no time, and what is left will.
        """
        now = time.monotonic()
        if not self._bar or not done < total or now - self._drawn < REDRAW_S:
            return
        self._drawn = now
        rate = (done - self.skipped) / max(now - self._began, 1e-9)
        bar = "#" * round(24 * done / total)
        text = ""
        if rate:
            left = (total - done) / rate
            clock = f"{left // 3600:.0f}:{left % 3600 // 60:02.0f}:{left % 60:02.0f}"
            text = f"{rate:.3g}/s, {clock} left"
        click.echo(f"\r\x1b[K[{bar:<24}] {done:,}/{total:,} {text}", err=True, nl=False)

    def _clear(self) -> None:
        if self._drawn:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._drawn = 0.0

"""`pcbin verify`: every checksum and every rule, from the first byte to the last."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._globs import Globs
from pcbin.cli._paths import STREAM, gather
from pcbin.cli.info import is_model, is_ours, noun_of


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True))
@options.globs
@options.as_json
@options.quiet
def verify(
    files: tuple[str, ...], include: tuple[str, ...], exclude: tuple[str, ...], as_json: bool, quiet: bool
) -> None:
    """Check .pcb files and model files completely.

    FILES are files, folders, or - for standard input. Any changed bit of a .pcb file is found and
    located; the weights of a model file are compared with their hash. The exit code is 1 if any file is bad.

    \b
    Examples:
      pcbin verify chairs.pcb
      pcbin verify backup/ -q && echo all good
    """
    console = Console(as_json=as_json, quiet=quiet)
    if list(files) == [STREAM]:
        from pcbin.cli import _streams as streams

        with console.attempt("standard input"):
            _report(console, "standard input", _document(streams.stdin()))
        console.finish(1)
        return
    found = gather(files, is_ours, ".pcb or model file", Globs(include, exclude))
    for done, one in enumerate(found):
        console.progress(done, len(found))
        with console.attempt(str(one)):
            _report(console, str(one), _model(one.path) if is_model(one.path) else _document(one.path))
    console.finish(len(found))


def _document(source: Path | BinaryIO) -> dict[str, Any]:
    from pcbin.archive import open
    from pcbin.errors import FormatError
    from pcbin.models.zoo import entry_of

    with open(source) as archive:
        objects = archive.verify()
        if archive.has_length:
            rest = archive.uncommitted_bytes
        else:
            assert not isinstance(source, Path)  # it is a pipe
            rest = sum(len(block) for block in iter(lambda: source.read(1 << 20), b""))
        if rest and (archive.header.layout == "single" or archive.fills_file):
            raise FormatError(f"{count(rest, 'byte')} after the end of the file; copy or download it again")
        entry = entry_of(archive.model_id)
        return {
            "kind": "pcb", "clouds": objects, "uncommitted_bytes": rest, "model_id": archive.model_id,
            "model": entry.name if entry else None, "codes": noun_of(entry),
        }  # fmt: skip


def _model(path: Path) -> dict[str, Any]:
    from pcbin.models.model import check
    from pcbin.models.zoo import read_file

    file = read_file(path)
    check(file)
    return {"kind": "model", "sha256": file.sha256}


def _report(console: Console, name: str, document: dict[str, Any]) -> None:
    if document["kind"] == "model":
        text = f"{printable(name)}: OK, model {document['sha256'][:16]}"
    else:
        text = f"{printable(name)}: OK, {count(document['clouds'], document['codes'] or 'cloud')}"
        if document["uncommitted_bytes"]:
            rest = count(document["uncommitted_bytes"], "byte")
            text += f"; {rest} of an unfinished append follow, which readers ignore"
        if document["model"] is None:
            text += f"; its model {document['model_id'].hex()} is not installed here"
    console.report(text, {"input": name, "ok": True, **document})

"""`pcbin verify`: every checksum and every rule, from the first byte to the last."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import click

from pcbin.cli import options
from pcbin.cli.console import Console
from pcbin.cli.info import find_model, is_model, is_ours, modality
from pcbin.cli.paths import STREAM, gather
from pcbin.cli.words import count


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True))
@options.as_json
@options.quiet
def verify(files: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Check .pcb files and model files completely.

    FILES are files, folders, or - for standard input. Every changed bit of a .pcb file is found and said
    where; the weights of a model file are compared with their hash. The exit code is 1 if any file is bad.

    \b
    Examples:
      pcbin verify chairs.pcb
      pcbin verify backup/ -q && echo all good
    """
    console = Console(as_json=as_json, quiet=quiet)
    if list(files) == [STREAM]:
        from pcbin.cli import streams

        with console.attempt("standard input"):
            _report(console, "standard input", _stream(streams.stdin()))
        console.finish(1)
        return
    found = gather(files, is_ours, ".pcb or model file")
    for done, one in enumerate(found):
        console.progress(done, len(found))
        with console.attempt(str(one)):
            _report(console, str(one), _model(one.path) if is_model(one.path) else _file(one.path))
    console.finish(len(found))


def _file(source: Path | BinaryIO) -> dict[str, Any]:
    from pcbin.formats import pcb

    start = 0 if isinstance(source, Path) else source.tell()
    with pcb.ArchiveReader(source) as reader:
        table = _table if find_model(reader.header.model_id) else None  # codes need the model's
    if not isinstance(source, Path):
        source.seek(start)
    with pcb.ArchiveReader(source, table=table) as reader:
        reader.verify()
        return _document(reader.header, len(reader), reader.uncommitted_bytes)


def _stream(stream: BinaryIO) -> dict[str, Any]:
    from pcbin.errors import FormatError
    from pcbin.formats import pcb

    if stream.seekable():
        return _file(stream)
    reader = pcb.ArchiveStream(stream, table=_table)
    clouds = sum(1 for _ in reader) if find_model(reader.header.model_id) else reader.skim()
    behind = sum(len(block) for block in iter(lambda: stream.read(1 << 20), b""))
    if behind and reader.header.layout == "single":
        raise FormatError(f"{count(behind, 'byte')} behind the end of the file; copy or download it again")
    return _document(reader.header, clouds, behind)


def _table(model_id: bytes) -> Any:
    """For codes that are entropy coded."""
    from pcbin.models.zoo import entropy_table

    return entropy_table(model_id)


def _document(header: Any, clouds: int, uncommitted: int) -> dict[str, Any]:
    entry = find_model(header.model_id)
    return {
        "kind": "pcb", "clouds": clouds, "uncommitted_bytes": uncommitted, "model_id": header.model_id,
        "model": entry.name if entry else None, "codes": modality(entry),
    }  # fmt: skip


def _model(path: Path) -> dict[str, Any]:
    from pcbin.models.model import check
    from pcbin.models.zoo import read_file

    file = read_file(path)
    check(file)
    return {"kind": "model", "sha256": file.sha256}


def _report(console: Console, name: str, document: dict[str, Any]) -> None:
    if document["kind"] == "model":
        text = f"{name}: OK, model {document['sha256'][:16]}"
    else:
        text = f"{name}: OK, {count(document['clouds'], document['codes'] or 'cloud')}"
        if document["uncommitted_bytes"]:
            behind = count(document["uncommitted_bytes"], "byte")
            text += f"; {behind} of an unfinished append behind it, which readers ignore"
        if document["model"] is None:
            text += f"; its model {document['model_id'].hex()} is not installed here"
    console.report(text, {"input": name, "ok": True, **document})

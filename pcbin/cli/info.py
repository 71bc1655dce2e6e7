"""`pcbin info`: what a file is, without decoding it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from pcbin._words import count, listing, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console, plain
from pcbin.cli._globs import Globs
from pcbin.cli._paths import STREAM, gather

if TYPE_CHECKING:
    from pcbin.models.zoo import Entry

POSES = {
    "none": "not stored",
    "float32": "stored, 16 bytes per cloud",
    "float64": "stored, 28 bytes per cloud (centre as 64-bit floats)",
}


def is_ours(path: Path) -> bool:
    """Whether a file of a folder is one of pcbin's."""
    return path.name.lower().endswith((".pcb", ".safetensors"))


def is_model(path: Path) -> bool:
    return path.name.lower().endswith(".safetensors")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True))
@options.globs
@options.as_json
def info(files: tuple[str, ...], include: tuple[str, ...], exclude: tuple[str, ...], as_json: bool) -> None:
    """Describe .pcb files and model files.

    FILES are files, folders, or - for standard input. Nothing is decoded, and no weights are needed.
    Only headers are read, so even the largest archive takes no time; `pcbin verify` reads everything.

    \b
    Examples:
      pcbin info chair.pcb
      pcbin info --json chairs.pcb
    """
    console = Console(as_json=as_json)
    if list(files) == [STREAM]:
        from pcbin.cli import _streams as streams

        with console.attempt("standard input"):
            _report(console, "standard input", _document(streams.stdin()))
        console.finish(1)
        return
    found = gather(files, is_ours, ".pcb or model file", Globs(include, exclude))
    for one in found:
        with console.attempt(str(one)):
            if is_model(one.path):
                from pcbin.cli.models import document_of, text_of
                from pcbin.models.description import ModelDescription
                from pcbin.models.info import check_info
                from pcbin.models.zoo import read_header

                header = read_header(one.path)
                description = ModelDescription.parse(header.model)
                check_info(header.info)
                document = {
                    "input": str(one),
                    "kind": "model",
                    "bytes": one.path.stat().st_size,
                    **document_of(header, description),
                }
                console.report(f"{printable(str(one))}\n{text_of(header, description, one.path)}", document)
            else:
                _report(console, str(one), _document(one.path))
    console.finish(len(found))


def _document(source: Path | BinaryIO) -> dict[str, Any]:
    """What is known of a .pcb file; a pipe is read to its end, as only there it is known how many objects
    there were."""
    from pcbin.archive import open
    from pcbin.formats import pcb
    from pcbin.models.zoo import entry_of

    with open(source) as archive:
        header, entry = archive.header, entry_of(archive.model_id)
        document: dict[str, Any] = {
            "kind": "pcb",
            "version": f"{header.major}.{header.minor}",
            "layout": header.layout,
            "clouds": archive.count(),
            "code_bits": header.code_bits,
            "pose": header.pose,
            "model": {
                "id": header.model_id,
                "installed": entry is not None,
                "name": entry.name if entry else None,
                "codes": noun_of(entry),
                "license": license_of(entry),
            },
            "metadata": {key: value for key, value in archive.metadata.items() if key != pcb.HASH_KEY},
        }
        if archive.hashes:
            document["model"]["sha256"] = [one.hex() for one in archive.hashes.values()]
        if header.layout == "single":
            pose = archive.pose
            document["center"] = None if pose is None else list(pose.center)
            document["scale"] = None if pose is None else pose.scale
            if pose is not None and pose.rotation is not None:
                document["rotation"] = list(pose.rotation)
            if header.entropy_coded and archive.stored_bytes is not None:
                document["entropy_coded_bits"] = 8 * archive.stored_bytes
        if header.rotated:
            document["rotated"] = True
        if archive.mixed and archive.has_length:
            document["models"] = [
                {"id": one, "name": other.name if (other := entry_of(one)) else None, "codes": number}
                for one, number in archive.models().items()
            ]
        if archive.has_length:
            document["uncommitted_bytes"] = archive.uncommitted_bytes
    if isinstance(source, Path):
        size = source.stat().st_size
        committed = size - document["uncommitted_bytes"]
        document |= {
            "bytes": size,
            "bits_per_cloud": 8 * committed / document["clouds"] if document["clouds"] else None,
        }
    return document


def _length(document: dict[str, Any], noun: str) -> str:
    text = f"{'at most ' if 'models' in document else ''}{document['code_bits']} bits per {noun}"
    if "entropy_coded_bits" in document:
        text += f", entropy coded in {document['entropy_coded_bits']}; to be read where the model is"
    return text


def noun_of(entry: Entry | None) -> str | None:
    """What a model codes, "cloud" or "image"; None where it is not installed: a .pcb file does not say."""
    if entry is None or entry.description is None:
        return None
    from pcbin.modalities import modality_of

    return modality_of(entry.description).noun


def license_of(entry: Entry | None) -> str | None:
    """What a model says of the licence of its weights."""
    said = entry.header.info.get("license") if entry else None
    return said if isinstance(said, str) else None


def _report(console: Console, name: str, document: dict[str, Any]) -> None:
    model = document["model"]
    noun = model["codes"] or "cloud"
    installed = (
        f"{model['name']}, installed"
        if model["installed"]
        else "not installed: get its file, then `pcbin models add FILE`"
    )
    rows = [
        (
            "format",
            f".pcb {document['version']}, {f'one {noun}' if document['layout'] == 'single' else 'archive'}",
        ),
        (f"{noun}s", f"{document['clouds']:,}"),
        ("code", _length(document, noun)),
    ]
    if document.get("bytes") is not None:
        bits = document["bits_per_cloud"]
        rows.append(
            (
                "size",
                f"{document['bytes']:,} bytes" + (f", {bits:,.1f} bits per {noun} in all" if bits else ""),
            )
        )
    if document.get("uncommitted_bytes"):
        rows.append(
            (
                "unfinished",
                f"{count(document['uncommitted_bytes'], 'byte')} of an append that did not end; ignored",
            )
        )
    pose = POSES[document["pose"]] + ("; 8 more of a rotation" if document.get("rotated") else "")
    rows.append(("pose", pose if noun == "cloud" else "none; images have no position"))
    if document.get("center") is not None:
        center = " ".join(f"{value:.9g}" for value in document["center"])
        rows += [("centre", center), ("diagonal", f"{document['scale']:.7g}")]
    if "rotation" in document:
        rows.append(("rotation", " ".join(f"{value:.5f}" for value in document["rotation"]) + " (x y z w)"))
    several = document.get("models", [])
    for one in several:
        said = one["name"] or "not installed: get its file, then `pcbin models add FILE`"
        rows.append(("model", f"{one['id'].hex()} ({said}): {count(one['codes'], 'code')}"))
    if not several:
        rows.append(("model", f"{model['id'].hex()} ({installed})"))
    rows += [("SHA-256", one) for one in model.get("sha256", ())]
    if model["installed"] and not several:
        rows.append(("weights", f"licence: {model['license'] or 'not stated'}"))
    rows += [
        (f"note {key}", json.dumps(plain(value), ensure_ascii=False))
        for key, value in document["metadata"].items()
    ]
    console.report(f"{printable(name)}\n{listing(rows)}", {"input": name, **document})

"""`pcbin models`: which models are installed, and what they are."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcbin._words import listing, printable, table
from pcbin.cli import _options as options
from pcbin.cli._console import Console

if TYPE_CHECKING:
    from pcbin.formats.model_file import ModelFile, ModelHeader
    from pcbin.models.description import ModelDescription


@click.group()
def models() -> None:
    """List, show, add and remove models.

    A model is one file of weights. A .pcb file names the model that made it by its hash, so it decodes
    wherever a model with that hash is installed, whatever it is called there.

    \b
    Examples:
      pcbin models list
      pcbin models show chair
      pcbin models add my_lamps.safetensors --name lamps
    """


@models.command("list")
@options.as_json
def list_models(as_json: bool) -> None:
    """List the installed models.

    \b
    Examples:
      pcbin models list
    """
    from pcbin.models import zoo
    from pcbin.models.licences import short

    console = Console(as_json=as_json)
    entries = zoo.installed()
    for entry in entries if as_json else []:
        console.report(
            "",
            {
                "name": entry.name,
                "path": str(entry.path),
                "shipped": entry.shipped,
                **document_of(entry.header, entry.description),
            },
        )
    rows = [
        (e.name, e.header.sha256[:16], *_sizes(e.description),
         short(e.header.info.get("license")) or "not stated", "shipped" if e.shipped else "added",
         _said(e.header.info))
        for e in entries
    ]  # fmt: skip
    if not as_json:
        none = f"no models; add one with `pcbin models add FILE` (to {zoo.user_folder()})"
        console.report(
            table(("NAME", "HASH", "BITS", "POINTS", "LICENCE", "FROM", "WHAT"), rows, left=(0, 1, 4, 5, 6))
            if rows
            else none,
            {},
        )


@models.command()
@click.argument("name", shell_complete=options.complete_model)
@options.as_json
def show(name: str, as_json: bool) -> None:
    """Show a model's description.

    NAME is a model's name, the start of its hash, or its file. The weights are checked against their hash.

    \b
    Examples:
      pcbin models show chair
    """
    from pcbin.models import zoo
    from pcbin.models.info import check_info
    from pcbin.models.model import check

    path = zoo.find(name)
    file = zoo.read_file(path)
    description = check(file)
    check_info(file.info)
    document = {
        "name": path.stem,
        "path": str(path),
        "bytes": path.stat().st_size,
        **document_of(file, description),
    }
    Console(as_json=as_json).report(f"{printable(path.stem)}\n{text_of(file, description, path)}", document)


@models.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Its name here.  [default: that of the file]")
@options.force
@options.quiet
def add(file: Path, name: str | None, force: bool, quiet: bool) -> None:
    """Install a model file, so that files made with it decode here.

    \b
    Examples:
      pcbin models add my_lamps.safetensors --name lamps
    """
    from pcbin.cli._paths import need_free
    from pcbin.models import zoo

    need_free(zoo.user_folder() / ((name or file.name.removesuffix(zoo.SUFFIX)) + zoo.SUFFIX), force=force)
    target = zoo.add(file, name=name, overwrite=force)
    sha256 = zoo.read_header(target).sha256
    Console(quiet=quiet).report(f"{target.stem}: model {sha256[:16]}, now in {target}", {})


@models.command()
@click.argument("name", shell_complete=options.complete_model)
@options.quiet
def remove(name: str, quiet: bool) -> None:
    """Uninstall a model that was added.

    Files made with it cannot be decoded here until it is added again.

    \b
    Examples:
      pcbin models remove lamps
    """
    from pcbin.errors import InputError, ModelNotFound
    from pcbin.models import zoo

    entries = [entry for entry in zoo.installed() if entry.name == name]
    if not entries:
        raise ModelNotFound(f"no model {name!r} is installed; see `pcbin models list`")
    if entries[0].shipped:
        raise InputError(f"{name!r} is shipped with pcbin; only added models can be removed")
    entries[0].path.unlink()
    Console(quiet=quiet).report(f"{name}: removed", {})


@models.command()
@click.argument("name", shell_complete=options.complete_model)
@options.output("The mixture file, or - for standard output.  [default: NAME.pcbm]")
@options.force
@options.quiet
def mixture(name: str, out: str | None, force: bool, quiet: bool) -> None:
    """Write a model's mixture to a small file of its own.

    With it, others can sort codes of this model into clusters (`pcbin cluster`), but not decode them. NAME is
    a model's name, the start of its hash, or its file.

    \b
    Examples:
      pcbin models mixture digits -o digits.pcbm
    """
    from pcbin.cli import _streams as streams
    from pcbin.cli._paths import STREAM, check, need_free
    from pcbin.cluster import Mixture
    from pcbin.models import zoo

    path = zoo.find(name)
    found = Mixture.of(zoo.load(path))
    data = found.dumps()
    if out == STREAM:
        sink = streams.stdout(force=force)
        sink.write(data)
        sink.flush()
        return
    target = Path(out or f"{path.name.removesuffix(zoo.SUFFIX)}.pcbm")
    check([(path, target)])
    need_free(target, force=force)
    found.save(target, overwrite=force)
    Console(quiet=quiet).report(
        f"{path.stem} -> {target}: {found.components} clusters of {found.bits}-bit codes, "
        f"{len(data):,} bytes",
        {},
    )


@models.command("path")
@click.argument("name", required=False, shell_complete=options.complete_model)
def path_(name: str | None) -> None:
    """Print the path of a model, or of the folder of added models.

    \b
    Examples:
      pcbin models path chair
    """
    from pcbin.models import zoo

    click.echo(os.fsencode(zoo.find(name) if name else zoo.user_folder()))


def document_of(header: ModelHeader | ModelFile, description: ModelDescription | None) -> dict[str, Any]:
    """What people and programs may want to know of a model. description: None where it cannot be read."""
    from pcbin.errors import WeightsCorrupt
    from pcbin.models.info import check_info
    from pcbin.models.licences import is_open

    said, info = {} if description is None else description.document(), header.info
    try:
        check_info(info)
    except WeightsCorrupt:  # of a file that was not added by `pcbin models add`
        info = {}
    keys = ("bits", "nested", "residual", "entropy", "points", "encoder_points", "image")
    return {
        "id": header.id,
        "sha256": header.sha256,
        **{key: said.get(key) for key in keys},
        "parameters": None if description is None else _parameters(description),
        **{key: info.get(key) for key in ("description", "license", "training_set", "chamfer_e3")},
        "openly_licensed": is_open(info.get("license")),
    }


def text_of(header: ModelHeader | ModelFile, description: ModelDescription, path: Path) -> str:
    """The same as lines."""
    from pcbin.modalities import modality_of

    info = header.info
    lengths = str(description.lengths)
    if description.lengths.nested:
        lengths += f", {description.lengths.default} by default"
    rows = [
        ("what", str(info.get("description") or "not described")),
        ("hash", header.sha256),
        ("code", lengths),
        modality_of(description).sizes_of(description),
        ("weights", f"{_parameters(description):,} numbers, {path.stat().st_size:,} bytes"),
        ("licence", str(info.get("license") or "not stated")),
    ]
    rows += [
        ("trained on", f"{one[kind]:,} {kind} of {one['path']}")
        for one in info.get("training_set") or ()
        for kind in ("clouds", "images")
        if kind in one
    ]
    for kind, sets in (info.get("chamfer_e3") or {}).items():
        rows += [(kind, f"{name}: Chamfer e-3 {r['mean']:.2f} on average, below {r['p99']:.2f} for 99 of 100")
                 for name, r in sets.items()]  # fmt: skip
    rows.append(("file", str(path)))
    return listing(rows)


def _sizes(description: ModelDescription | None) -> tuple[str, str]:
    """The bits of a code, and what comes out; question marks for a damaged model."""
    from pcbin.modalities import modality_of

    if description is None:
        return "?", "?"
    return str(description.bits), modality_of(description).size_of(description)


def _said(info: dict[str, Any]) -> str:
    """A model's description of itself; empty where it gives none, or none that can be shown."""
    text = info.get("description")
    return text if isinstance(text, str) else ""


def _parameters(description: ModelDescription) -> int:
    """How many numbers the weights are."""
    return sum(math.prod(shape) for _, shape in description.tensor_shapes())

"""`pcbin arithmetic`: sums of codes."""

from __future__ import annotations

from pathlib import Path

import click

from pcbin.cli import _new_codes as new
from pcbin.cli._console import Console


@click.command()
@click.argument("expression")
@new.written
def arithmetic(*, expression: str, out: str | None, sheet: Path | None, force: bool, as_json: bool) -> None:
    """Add and subtract codes: an object, with what some have and others lack.

    EXPRESSION is a sum such as "a.pcb - b.pcb + c.pcb", with spaces around + and -, names with spaces in
    quotes, and factors where wanted: "a.pcb - 3*bare/ + 3*with-arms/". An archive or a folder stands for the
    mean of its codes, so the difference of two groups is what one has and the other lacks. Factors must sum
    to 1. All codes are of one model and one length.

    Bit by bit: the sum is rounded to 0 or 1. Where it is a half, the bit is that of the first file. The new
    object stands where that of the first file stood.

    The sheet has the object of the first file, where that is one, and the new one.

    \b
    Examples:
      pcbin arithmetic "chair.pcb - plain.pcb + armchair.pcb" -o new.pcb --sheet new.png
      pcbin arithmetic "chair.pcb - 3*bare.pcb + 3*arms.pcb" -o new.pcb
    """
    from pcbin.errors import InputError
    from pcbin.generation import parse

    try:
        terms = parse(expression)
    except InputError as error:
        raise click.UsageError(str(error)) from None
    names = [Path(term.name) for term in terms]
    new.check_outputs(out, sheet, names, force=force)
    console = Console(as_json=as_json)

    import numpy as np

    from pcbin.codec import Codec
    from pcbin.generation import combine
    from pcbin.known_codes import joined
    from pcbin.models import zoo

    with console.attempt(expression):
        parts = [(str(name), new.known_of(name)) for name in names]
        both = joined(parts)
        codec = Codec(zoo.load(both.model_id), bits=both.bits)
        code = combine((term.factor, part.codes) for term, (_, part) in zip(terms, parts, strict=True))
        first = parts[0][1].codes if len(parts[0][1].codes) == 1 else None
        size = new.write(out, None, codec, code[None], pose=new.pose_of(names[0]), force=force)
        shown = code[None] if first is None else np.concatenate([first, code[None]])
        new.write(None, sheet, codec, shown, force=force)
        flipped = None if first is None else new.differing(first[0], code)
        said = "the sum" if flipped is None else f"{flipped} bits of {names[0]} flipped"
        new.report(console, said, codec, code[None], (out, sheet, size), flipped=flipped)
    console.finish(1)

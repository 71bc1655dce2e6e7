"""`pcbin truncate`: shorter codes from longer ones, without any network but that of cell codes."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._paths import (
    STREAM,
    are_several,
    check_pcb,
    gather,
    is_folder,
    is_pcb,
    make_folder,
    need_free,
    plan,
)


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "--bits", type=click.IntRange(min=8), metavar="K", required=True, help="The length of the new codes."
)
@options.output("A .pcb file, a folder, or - for standard output.  [default: NAME-K.pcb beside each input]")
@options.force
@click.option(
    "--unchecked",
    is_flag=True,
    help="Skip the check that the model's codes are nested; the model need not be installed.",
)
@options.as_json
@options.quiet
def truncate(
    *,
    inputs: tuple[str, ...],
    bits: int,
    out: str | None,
    force: bool,
    unchecked: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Shorten the codes of .pcb files to their first K bits.

    Every prefix of a nested code is a code, which decodes to a coarser cloud. Archives stay archives;
    positions, sizes and notes are kept. No network is run; the model only tells whether its codes are nested.

    Cell codes are coded anew, from what they decode to. In an archive of codes of several models or lengths,
    each is cut by the rule of its model, and those that have no more than K bits stay.

    A code that was searched for (--effort above 0) at the shorter length (`pcbin encode --bits K`) is better
    than a truncated one, because a search is for one length.

    \b
    Examples:
      pcbin truncate chair.pcb --bits 32          writes chair-32.pcb
      pcbin truncate chairs.pcb --bits 64 -o small.pcb
      cat chair.pcb | pcbin truncate - --bits 32 > small.pcb
    """
    streamed = list(inputs) == [STREAM]
    out = STREAM if streamed and out is None else out
    folder = out is not None and is_folder(out, inputs)
    if out is not None and not folder:
        check_pcb(out)
    console = Console(as_json=as_json, quiet=quiet, data_on_stdout=out == STREAM)

    from pcbin.cli import _streams as streams
    from pcbin.formats.atomic import open_atomic, write_atomic
    from pcbin.truncation import truncate_file

    def say(name: str, target: str, codes: int, size: int) -> None:
        console.report(
            f"{printable(f'{name} -> {target}')}\n"
            f"  {count(codes, 'code')} of at most {bits} bits, {size:,} bytes",
            {"input": name, "output": target, "clouds": codes, "bits": bits, "bytes": size},
        )

    if streamed or out == STREAM:
        if not streamed and are_several(inputs):
            raise click.UsageError("several files cannot go to standard output; name a folder with -o")
        name = "standard input" if streamed else inputs[0]
        with console.attempt(name):
            source = BytesIO(streams.stdin().read() if streamed else Path(inputs[0]).read_bytes())
            small = BytesIO()
            codes = truncate_file(source, small, bits, check=not unchecked)
            data = small.getvalue()
            if out == STREAM:
                sink = streams.stdout(force=force)
                sink.write(data)
                sink.flush()
            else:
                write_atomic(Path(str(out)), data, overwrite=force)
            say(name, "standard output" if out == STREAM else str(out), codes, len(data))
        console.finish(1)
        return
    found = gather(inputs, is_pcb, ".pcb file")
    jobs = plan(found, inputs, out, lambda name: f"{Path(name).stem}-{bits}.pcb" if out is None else name)
    for done, job in enumerate(jobs):
        console.progress(done, len(jobs))
        with console.attempt(str(job.found)):
            job.check()
            need_free(job.target, force=force)
            if folder:
                make_folder(job.target.parent)
            with open_atomic(job.target, overwrite=force) as file:
                codes = truncate_file(job.found.path, file, bits, check=not unchecked)
            say(str(job.found), str(job.target), codes, job.target.stat().st_size)
    console.finish(len(jobs))

"""Numbers and tables as people read them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

WIDEST = 200
"""Characters of a column of a table."""


def ms(seconds: float) -> str:
    return f"{1e3 * seconds:,.0f} ms" if seconds >= 0.01 else f"{1e3 * seconds:.1f} ms"


def milliseconds(seconds: float) -> float:
    """For JSON: more than three decimals exceed a clock's precision."""
    return round(1e3 * seconds, 3)


def e3(chamfer: float) -> str:
    """A Chamfer distance as it is quoted, "0.942e-3"."""
    return f"{scaled(chamfer)}e-3"


def scaled(chamfer: float) -> str:
    """A Chamfer distance x 1000, three digits."""
    value = 1e3 * chamfer
    return (
        f"{value:,.0f}"
        if value >= 100
        else f"{value:#.3g}"
        if value >= 1e-3 or value == 0
        else f"{value:.1g}"
    )


def db(psnr: float) -> str:
    return f"{psnr:.1f} dB" if math.isfinite(psnr) else "infinite" if psnr > 0 else "minus infinite"


def times(ratio: float) -> str:
    """A compression ratio, "473 x"."""
    return f"{ratio:,.0f} x" if ratio >= 20 else f"{ratio:.1f} x"


def compared(ratio: float) -> str:
    """A compression ratio in words, "473 x smaller" or "2.5 x larger"."""
    return f"{times(ratio)} smaller" if ratio >= 1 else f"{times(1 / ratio)} larger"


def ratios(whole: float, code: float, raw: str, *, codes: str = "code") -> str:
    """The ratios of a file and of its code alone to the `raw` original."""
    alone = times(code) if whole >= 1 else compared(code)
    return f"{compared(whole)} than {raw} (the {codes} alone: {alone})"


def count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def article(noun: str) -> str:
    """With its article: "a cloud", "an image"."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def printable(text: str) -> str:
    """`text` without what could steer a terminal or begin a line: they come from strangers."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )


def _cell(text: str) -> str:
    """As much of a text as a column holds: the longest cell makes the width of all."""
    shown = printable(text[: WIDEST + 1])
    return shown if len(shown) <= WIDEST else shown[: WIDEST - 3] + "..."


def listing(rows: Sequence[tuple[str, str]]) -> str:
    """Names and values in two columns, indented."""
    rows = [(_cell(name), printable(value)) for name, value in rows]
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = (0,)) -> str:
    """Aligned columns; those with an index in `left` are text, the others numbers."""
    return "\n".join(table_lines(head, lambda: rows, left=left))


def table_lines(
    head: Sequence[str], rows: Callable[[], Iterable[Sequence[str]]], *, left: Sequence[int] = (0,)
) -> Iterator[str]:
    """The lines of a table whose rows need not be in memory: they are asked for twice."""
    widths = [len(_cell(cell)) for cell in head]
    for row in rows():
        widths = [max(width, len(_cell(cell))) for width, cell in zip(widths, row, strict=True)]
    for row in chain([head], rows()):
        cells = zip(map(_cell, row), widths, strict=True)
        line = (cell.ljust(w) if k in left else cell.rjust(w) for k, (cell, w) in enumerate(cells))
        yield "  ".join(line).rstrip()


def sizes(evaluation: Any, raw: str) -> list[tuple[str, str]]:
    """The sizes of an object's code and file, and their ratios to the `raw` original."""
    return [
        ("code", f"{evaluation.payload_bits} bits, {compared(evaluation.payload_ratio)} than {raw}"),
        ("file", f"{evaluation.container_bits // 8:,} bytes, {compared(evaluation.ratio)} than {raw}"),
    ]

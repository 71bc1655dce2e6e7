"""The JavaScript of pages: the decoder of js/src and what draws, as one module without imports."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
_ORDER = (
    "errors", "bytes", "msgpack", "zstd", "coder", "layers", "cells", "model", "pcb", "refinements", "index",
)  # fmt: skip
"""Each module of js/src after those that it imports."""
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_LISTED = re.compile(r"^export \{([^}]*)\}[^;]*;\n", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?:function|class|const) (\w+)", re.MULTILINE)


def decoder() -> str:
    """The modules of js/src in one, as a script that leaves only what index.js exports."""
    packed = HERE / "js"  # as the wheel has it; else js/ of the checkout
    folder = packed if packed.is_dir() else HERE.parents[1] / "js" / "src"
    index = (folder / "index.js").read_text(encoding="utf-8")
    names = ", ".join([*re.findall(r"\w+", " ".join(_LISTED.findall(index))), *_EXPORTED.findall(index)])
    inside = joined([folder / f"{name}.js" for name in _ORDER])
    return f"const {{ {names} }} = (() => {{\n{inside}\nreturn {{ {names} }};\n}})();\n"


def joined(files: list[Path]) -> str:
    """Modules without their imports and exports. No two of them may call different things the same."""
    found = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        text = _LISTED.sub("", _IMPORT.sub("", text))
        found.append(re.sub(r"^export ", "", text, flags=re.MULTILINE))
    return "\n".join(found)

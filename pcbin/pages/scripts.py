"""The JavaScript of pages: the decoder of js/src and what draws, as one script without imports."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
_ORDER = (
    "errors", "bytes", "msgpack", "zstd", "coder", "layers", "cells", "model", "pcb", "refinements", "index",
)  # fmt: skip
"""Each module of js/src after those that it imports."""
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
_PASSED = re.compile(r'^export \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
_LISTED = re.compile(r"^export \{([^}]*)\};\n", re.MULTILINE)
_DEFINED = re.compile(r"^export ((?:function|class|const) (\w+))", re.MULTILINE)


def decoder() -> str:
    """The modules of js/src as one script that defines what index.js exports."""
    packed = HERE / "js"  # as the wheel has it; else js/ of the checkout
    folder = packed if packed.is_dir() else HERE.parents[1] / "js" / "src"
    parts = ["const modules = {};\n"]
    names: list[str] = []
    for name in _ORDER:
        body, names = _scoped((folder / f"{name}.js").read_text(encoding="utf-8"))
        parts.append(f"modules.{name} = (() => {{\n{body}}})();\n")
    return "".join(parts) + f"const {{ {', '.join(names)} }} = modules.{_ORDER[-1]};\n"


def _scoped(text: str) -> tuple[str, list[str]]:
    """A module as the body of a function that takes its imports from `modules`, and what it exports."""
    passed = {name: room for names, room in _PASSED.findall(text) for name in re.findall(r"\w+", names)}
    listed = re.findall(r"\w+", " ".join(_LISTED.findall(text)))
    own = [*listed, *(name for _, name in _DEFINED.findall(text))]
    returned = ", ".join([*own, *(f"{name}: modules.{room}.{name}" for name, room in passed.items())])
    text = _IMPORT.sub(r"const {\1} = modules.\2;\n", _PASSED.sub("", _LISTED.sub("", text)))
    text = _DEFINED.sub(r"\1", text)
    return f"{text}\nreturn {{ {returned} }};\n", [*own, *passed]


def joined(files: list[Path]) -> str:
    """Scripts of one scope, without the exports that their tests need."""
    return "\n".join(_DEFINED.sub(r"\1", file.read_text(encoding="utf-8")) for file in files)

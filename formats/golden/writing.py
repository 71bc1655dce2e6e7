"""How golden vectors are written: each once, never over another, with a line in the manifest."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def with_json(vectors: Mapping[str, tuple[bytes, Mapping[str, Any]]]) -> dict[str, bytes]:
    """The files of vectors by name: NAME.pcb, and NAME.json, which says what it decodes to."""
    files = {}
    for name, (data, content) in vectors.items():
        files[f"{name}.pcb"] = data
        files[f"{name}.json"] = (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
    return files


def add(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes files, and their lines of the manifest; ends the program where one of them is there."""
    there = [name for name in files if (folder / name).exists()]
    if there:
        sys.exit(f"{folder / there[0]} exists: golden vectors are never rewritten; add new ones beside them")
    folder.mkdir(exist_ok=True)
    with (folder / "SHA256SUMS").open("a") as sums:
        for name, data in files.items():
            (folder / name).write_bytes(data)
            sums.write(f"{hashlib.sha256(data).hexdigest()}  {name}\n")

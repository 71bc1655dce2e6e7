"""The decoder in JavaScript, js/: its own tests, and shipped models against what Python decodes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.formats.clouds import read_cloud
from pcbin.models import zoo

NODE = shutil.which("node")
CASES: dict[str, list[dict[str, Any]]] = {
    "chair": [{}, {"bits": 16}, {"bits": 512}, {"entropy": True}],
    "objects": [{"bits": 264}],
    "cells": [{"bits": 128}, {"bits": 1000}, {"bits": 4096}],
}


def has_node() -> bool:
    """The test runner came with node 18."""
    if NODE is None:
        return False
    version = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout
    return int(version[1:].split(".")[0]) >= 18


def vectors(folder: Path, examples: Path) -> None:
    """Files of the shipped models, in the form of js/test/vectors."""
    cases = []
    for name, options in CASES.items():
        (folder / f"{name}.safetensors").write_bytes((zoo.SHIPPED / f"{name}.safetensors").read_bytes())
        for number, wanted in enumerate(options):
            cloud = read_cloud(examples / ("led.ply" if number % 2 else "armchair.ply"))
            data = pcbin.compress(cloud, model=name, warn=False, effort=0, **wanted)
            (folder / f"{name}-{number}.pcb").write_bytes(data)
            decoded = np.asarray(pcbin.decompress(data), float)
            cases.append({"file": f"{name}-{number}", "model": name, "decoded": decoded.ravel().tolist()})
    (folder / "cases.json").write_text(json.dumps(cases))


@pytest.mark.skipif(not has_node(), reason="needs node 18 or newer")
def test_node_decodes_what_python_encodes(root: Path, tmp_path: Path) -> None:
    vectors(tmp_path, root / "examples")
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--test", "test/"],
        cwd=root / "js",
        env={**os.environ, "PCBIN_VECTORS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert "cells-2 decodes to what Python makes of it" in done.stdout


def test_no_dependencies(root: Path) -> None:
    package = json.loads((root / "js" / "package.json").read_text())
    assert not {"dependencies", "devDependencies"} & set(package)
    assert package["version"] == pcbin.__version__.split("+")[0]

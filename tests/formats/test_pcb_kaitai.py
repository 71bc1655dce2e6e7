"""The Kaitai Struct description, compiled, parses every golden vector to the values in its JSON.

Needs node with the npm packages kaitai-struct-compiler and js-yaml (PCBIN_KSC: the folder whose node_modules
has them) and the Python package kaitaistruct; skipped otherwise.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
import zstandard

from pcbin.formats.entropy import Table

ROOT = Path(__file__).parents[2]
VECTORS = sorted((ROOT / "formats/golden/v1").glob("*.pcb"))
TABLE = Table(**json.loads((ROOT / "formats/golden/v1/entropy-table.json").read_text()))
"""Entropy coding is left to the program, here pcbin's own."""
COMPILE = """
const require_ = require('module').createRequire(process.argv[1] + '/');
const fs = require('fs');
let compiler, yaml;
try {
  compiler = require_('kaitai-struct-compiler');
  yaml = require_('js-yaml');
} catch (error) { process.exit(42); }
compiler.compile('python', yaml.load(fs.readFileSync(process.argv[2], 'utf8')), null, false)
  .then(files => process.stdout.write(files['pcb.py']))
  .catch(error => { console.error(String(error)); process.exit(1); });
"""


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Any:
    pytest.importorskip("kaitaistruct")
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    folder = os.environ.get("PCBIN_KSC", str(ROOT))
    done = subprocess.run(
        [node, "-e", COMPILE, folder, str(ROOT / "formats/pcb.ksy")],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 42:
        pytest.skip(
            "npm packages kaitai-struct-compiler and js-yaml not found; set PCBIN_KSC to their folder"
        )
    assert done.returncode == 0, done.stderr
    module_path = tmp_path_factory.mktemp("kaitai") / "kaitai_pcb.py"
    module_path.write_text(done.stdout)
    spec = importlib.util.spec_from_file_location("kaitai_pcb", module_path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Pcb


def unpacked(data: bytes, *, zstd: bool) -> Any:
    return msgpack.unpackb(zstandard.decompress(data) if zstd else data)


def column(stored: bytes, encoding: str, code_bits: int, count: int) -> bytes:
    if encoding == "entropy":
        return TABLE.decode_many(stored, count, code_bits // 8).tobytes()
    raw = stored if encoding == "raw" else zstandard.decompress(stored)
    if encoding != "planes_zstd":
        return raw
    planes = np.frombuffer(raw, np.uint8).reshape(code_bits, -1)
    bits = np.unpackbits(planes, axis=1, bitorder="little")[:, :count]
    return np.packbits(bits.T, axis=1, bitorder="little").tobytes()


def cloud(
    code: bytes, center: list[float] | None, scale: float | None, metadata: Any, turn: Any = None
) -> dict[str, Any]:
    bits = "".join(str(code[0] >> i & 1) for i in range(8))
    found = {"code": code.hex(), "bits": bits, "center": center, "scale": scale, "metadata": metadata or {}}
    turned = None if turn is None or list(turn) == [0, 0, 0, 32767] else [word / 32767 for word in turn]
    return found if turn is None else found | {"rotation": turned}


def chunk_clouds(header: Any, chunk: Any, *, mixed: bool) -> list[dict[str, Any]]:
    stored = {table.kind.name: one for table, one in zip(chunk.columns, chunk.stored, strict=True)}
    columns = {
        table.kind.name: column(one.data, table.encoding.name, header.code_bits, chunk.count)
        for table, one in zip(chunk.columns, chunk.stored, strict=True)
        if hasattr(one, "data")
    }
    maps = msgpack.unpackb(columns["metadata"]) if "metadata" in columns else [None] * chunk.count
    result = []
    for row in range(chunk.count):
        if "codes" in columns:
            code = columns["codes"][row * header.code_bytes :][: header.code_bytes]
        else:
            code = stored["codes"].codes[row]
        center = scale = turn = None
        if "poses" in columns:
            pose = columns["poses"][row * header.pose_bytes :][: header.pose_bytes]
            if header.has_rotation:
                turn, pose = np.frombuffer(pose[-8:], "<i2").tolist(), pose[:-8]
            center = np.frombuffer(pose[:-4], "<f8" if len(pose) == 28 else "<f4").tolist()
            scale = float(np.frombuffer(pose[-4:], "<f4")[0])
        found = cloud(code, center, scale, maps[row], turn)
        if mixed:
            models = stored.get("models")
            own = header.model_id if models is None else models.ids[models.which[row]]
            found["model_id"] = own.hex()
        result.append(found)
    return result


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_parses_golden_vectors(parser: Any, path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    file = parser.from_file(str(path))
    header = file.header
    assert [header.major, header.minor] == expected["version"]
    assert header.code_bits == expected["code_bits"]
    assert header.pose.name == expected["pose"]
    assert header.model_id.hex() == expected["model_id"]
    assert header.is_archive == (expected["layout"] == "archive")
    if header.is_archive:
        sections = file.archive.sections
        meta = [section.body for section in sections if section.kind == "META"]
        about = [unpacked(body.stored, zstd=body.codec.name == "zstd") for body in meta]
        assert (about or [{}]) == [expected["metadata"]]
        assert file.archive.commit.is_streamed == expected["streamed"]
        assert sections[-1].body.num_clouds == len(expected["clouds"])
        chunks = [section.body for section in sections if section.kind == "CHNK"]
        clouds = [one for chunk in chunks for one in chunk_clouds(header, chunk, mixed="mixed" in path.stem)]
    else:
        single = file.single
        block = single.metadata if header.has_metadata else None
        center, scale = (
            (single.pose.center, single.pose.scale) if expected["pose"] != "none" else (None, None)
        )
        metadata = unpacked(block.stored, zstd=block.is_zstd) if block else {}
        code = TABLE.decode(single.coded, header.code_bits) if header.encoding else single.code
        turn = single.pose.rotation if header.has_rotation else None
        clouds = [cloud(code, center, scale, metadata, turn)]
    for one in expected["clouds"]:
        one.pop("matrix", None)  # follows from the quaternion
    assert clouds == expected["clouds"]
    assert file._io.is_eof()
    file.close()

"""The codes of the example objects under the shipped models, as they were when these were written.

A change of the code that is meant to leave results as they are leaves these as they are, bit for bit. A
better search, or an encoder that is run in another way, may change them: then they are written anew, in a
commit that says what became better.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pcbin
from pcbin.formats import pcb
from pcbin.formats.clouds import read_cloud
from pcbin.formats.images import read_image

GOLDEN = json.loads((Path(__file__).parent / "golden" / "codes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("model", GOLDEN)
def test_codes_of_the_examples(model: str, root: Path) -> None:
    if model.startswith("mnist"):
        pytest.importorskip("PIL")
    found = {}
    for case in GOLDEN[model]:
        name, effort = case.split(" at effort ")
        path = root / "examples" / f"{name}.ply"
        item = read_cloud(path).points if path.exists() else read_image(path.with_suffix(".png"))
        data = pcbin.compress(item, model=model, effort=int(effort), warn=False, orient="keep")
        found[case] = pcb.loads(data).code.tobytes().hex()
    assert found == GOLDEN[model]

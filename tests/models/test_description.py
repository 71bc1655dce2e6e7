"""The typed description of a model: the document of its file and back, and the lengths of its codes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pcbin.auto import Auto
from pcbin.coding.options import Options
from pcbin.errors import InputError, UnsupportedVersion
from pcbin.formats.model_file import dump_model, load_model
from pcbin.models import zoo
from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.model import Model


def test_shipped_documents_come_back() -> None:
    for entry in zoo.installed():
        if entry.shipped:
            assert entry.description is not None
            assert entry.description.document() == entry.header.model


@pytest.mark.parametrize(
    "options",
    [{}, {"bits": 64, "nested": (16, 32)}, {"bits": 48, "nested": (8, 24), "residual": (16, 8)}],
)
def test_documents_come_back(options: Any, model_parts: Any) -> None:
    document, _, _ = model_parts(**options)
    assert ModelDescription.parse(document).document() == document


def test_parts_make_the_model_of_the_file(image_parts: Any) -> None:
    """By the document, and by the description."""
    document, info, tensors = image_parts()
    file = load_model(dump_model(document, info, tensors))
    for description in (document, ModelDescription.parse(document)):
        model = Model.from_parts(description, info, tensors)
        assert (model.id, model.info, model.file.model) == (file.id, info, file.model)
        images = np.random.default_rng(0).random((3, 6, 5), dtype=np.float32)
        np.testing.assert_array_equal(model.encode(images), Model(file).encode(images))


def test_lengths() -> None:
    nested, single = CodeLengths(16, 32, 64), CodeLengths(128, 128, 128)
    assert [bits for bits in range(80) if bits in nested] == [16, 24, 32, 40, 48, 56, 64]
    assert [bits for bits in range(200) if bits in single] == [128]
    assert np.int64(24) in nested
    assert not any(bits in nested for bits in (None, "16", 16.5, True))
    assert (str(nested), nested.nested) == ("16 to 64 bits", True)
    assert (str(single), single.nested) == ("128 bits", False)


@pytest.mark.parametrize(
    "lengths", [(8, 8, 12), (0, 8, 8), (8, 8, 4104), (16, 8, 32), (8, 40, 32), (8, 8, 16.0), (8, True, 16)]
)
def test_lengths_that_no_model_can_have(lengths: Any) -> None:
    with pytest.raises(InputError, match=r"use (a multiple of 8 from 8 to 4096|one between the two)"):
        CodeLengths(*lengths)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"points": 1 << 21}, "points = 2097152; use a whole number from 1 to 1,048,576"),
        ({"encoder_points": 0}, "encoder_points = 0; use"),
        ({"bit_values": (0.0, 1e7)}, "bit_values = .* of at most 1e"),
        ({"points": 0, "encoder_points": 0, "image": (2048, 2048)}, "width = 2048; use .* to 512"),
    ],
)
def test_numbers_out_of_bounds(change: Any, said: str, model_parts: Any) -> None:
    """Who makes a description, as `freeze` does, hears it as an error in the input."""
    with pytest.raises(InputError, match=said):
        replace(ModelDescription.parse(model_parts()[0]), **change)


def test_a_model_of_a_newer_pcbin(tiny_path: Path, model_parts: Any) -> None:
    """It is listed, not described, and `auto` does without it; asking for it says what to do."""
    document, info, tensors = model_parts()
    document["decoder"].insert(1, {"op": "attention"})
    newer = tiny_path.with_name("newer.safetensors")
    newer.write_bytes(dump_model(document, info, tensors))
    assert {entry.name: entry.description is None for entry in zoo.installed()} == {
        "newer": True,
        "tiny": False,
    }
    assert [codec.model.name for codec in Auto(Options(bits=16)).codecs] == ["tiny"]
    with pytest.raises(UnsupportedVersion, match="unknown layer 'attention'; upgrade pcbin"):
        zoo.load("newer")

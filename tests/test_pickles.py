"""Codecs go to other processes as a path and a hash."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin import Codec
from pcbin.errors import ModelNotFound
from pcbin.models import zoo
from pcbin.models.model import Model


def test_a_codec_is_light_and_the_same(cloud: Any) -> None:
    codec = Codec("chair", bits=64, effort=2, warn=False)
    data = pickle.dumps(codec)
    assert len(data) < 1000
    again = pickle.loads(data)
    assert again.model is codec.model  # models stay loaded
    assert again.options == codec.options
    assert again.modality is codec.modality
    assert again.encode(cloud()) == codec.encode(cloud())
    assert copy.deepcopy(codec).model is codec.model
    assert len(pickle.dumps(codec.code(cloud()))) < 1500


def test_in_another_process(cloud: Any) -> None:
    codec = Codec("chair", warn=False)
    code = (
        "import pickle, sys; codec, cloud = pickle.load(sys.stdin.buffer); print(codec.encode(cloud).hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps((codec, cloud())), capture_output=True, check=True
    )
    assert bytes.fromhex(done.stdout.decode()) == codec.encode(cloud())


def test_a_model_that_has_moved(tiny_path: Path, tmp_path: Path, tiny_bytes: bytes) -> None:
    elsewhere = tmp_path / "model.safetensors"
    elsewhere.write_bytes(tiny_bytes)
    data = pickle.dumps(pcbin.load_model(elsewhere))
    elsewhere.unlink()
    assert pickle.loads(data) is pcbin.load_model("tiny")  # found by its hash
    tiny_path.unlink()
    with pytest.raises(ModelNotFound):
        pickle.loads(data)


def test_another_model_under_the_same_path(tmp_path: Path, tiny_bytes: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(tiny_bytes)
    data = pickle.dumps(Codec(path))
    path.write_bytes(zoo.find("chair").read_bytes())
    with pytest.raises(ModelNotFound):
        pickle.loads(data)


def test_a_model_without_a_file_is_whole(tiny: Model, cloud: Any) -> None:
    again = pickle.loads(pickle.dumps(tiny))
    assert again.id == tiny.id
    for name, tensor in tiny.file.tensors.items():
        np.testing.assert_array_equal(again.file.tensors[name], tensor)
    expected = Codec(tiny).encode(cloud())
    assert Codec(again).encode(cloud()) == Codec(copy.deepcopy(tiny)).encode(cloud()) == expected

"""Models whose weights are not openly licensed can be kept out of every choice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pcbin
from pcbin import Codec
from pcbin.auto import Auto
from pcbin.coding.options import Options
from pcbin.errors import InputError, ModelNotFound
from pcbin.formats.model_file import dump_model
from pcbin.models import zoo
from pcbin.models.licences import is_open

RESEARCH = "non-commercial research (weights trained on ModelNet10)"


@pytest.mark.parametrize(
    "licence",
    [
        "CC0-1.0",
        "CC-BY-4.0",
        "CC-BY-SA-4.0 (weights trained on KiCad's 3D packages, CC-BY-SA 4.0 with KiCad's exception)",
        "mit",
        "Apache-2.0",
        "BSD-3-Clause",
        "ODbL-1.0",
        "CC-BY-NC-4.0 OR Apache-2.0",
        "CC0-1.0 AND CC-BY-3.0",
    ],
)
def test_open(licence: str) -> None:
    assert is_open(licence)


@pytest.mark.parametrize(
    "licence",
    [
        None,
        "",
        5,
        "none",
        "(MIT)",
        RESEARCH,
        "CC-BY-NC-4.0",
        "CC-BY-ND-4.0",
        "CC-BY-NC-SA-4.0",
        "CC-BY-4.0 AND CC-BY-NC-4.0",
        "proprietary, like MIT",
        "open",
    ],
)
def test_not_open(licence: object) -> None:
    assert not is_open(licence)


def test_the_shipped_models() -> None:
    found = {e.name: is_open(e.header.info.get("license")) for e in zoo.installed() if e.shipped}
    assert found["parts"]
    assert found["mnist-128"]
    assert not found["chair"]


@pytest.fixture
def two(model_parts: Callable[..., Any], models_folder: Path) -> None:
    """Nested models `free` and `bound`, of which the second is for research only."""
    for seed, (name, licence) in enumerate({"free": "CC0-1.0", "bound": RESEARCH}.items()):
        model, info, tensors = model_parts(bits=128, nested=(16, 32), name=name, seed=seed)
        info["license"] = licence
        (models_folder / f"{name}.safetensors").write_bytes(dump_model(model, info, tensors))


def names() -> set[str]:
    return {codec.model.name for codec in Auto(Options(bits=32)).codecs}


@pytest.mark.usefixtures("two")
def test_auto_uses_open_models_alone(monkeypatch: pytest.MonkeyPatch, models_folder: Path) -> None:
    assert names() == {"free", "bound"}
    assert {codec.model.name for codec in Auto(Options(bits=32, licence="open")).codecs} == {"free"}
    monkeypatch.setenv("PCBIN_LICENCE", "open")
    assert names() == {"free"}
    assert len(Auto(Options(bits=32, licence="any")).codecs) == 2  # over the environment
    (models_folder / "free.safetensors").unlink()
    with pytest.raises(ModelNotFound, match="no installed openly licensed model of clouds"):
        Auto(Options(bits=32))


@pytest.mark.usefixtures("two")
def test_another_model_by_name_is_an_error(
    cloud: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    message = r"model bound: its licence is non-commercial research, .*--licence any"
    path = tmp_path / "all.pcb"
    with pcbin.open(path, "w", model="bound") as archive:
        archive.append(cloud())

    def refused(**licence: Any) -> None:
        with pytest.raises(InputError, match=message):
            pcbin.compress(cloud(), model="bound", **licence)
        with pytest.raises(InputError, match=message):
            pcbin.compress_many([cloud()], model="bound", **licence)
        with pytest.raises(InputError, match=message):
            Codec("bound", **licence)
        for mode, name in ("w", "new.pcb"), ("x", "new.pcb"), ("a", path.name):
            anything: Any = mode
            with pytest.raises(InputError, match=message):
                pcbin.open(tmp_path / name, anything, model="bound", **licence)

    refused(licence="open")
    data = pcbin.compress(cloud(), model="bound")
    monkeypatch.setenv("PCBIN_LICENCE", "open")
    refused()
    pcbin.compress(cloud(), model="free")
    pcbin.compress(cloud(), model="bound", licence="any")
    # whoever was sent a file did not choose its model
    with pcbin.open(path) as old:
        assert len(pcbin.decompress(data)) == len(old[0])
    assert pcbin.evaluate(cloud(), data=data).chamfer > 0


def test_other_words(cloud: Any, tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    anything: Any = "free"
    with pytest.raises(InputError, match="licence = 'free'; use 'any' or 'open'"):
        pcbin.compress(cloud(), model=tiny, licence=anything)
    monkeypatch.setenv("PCBIN_LICENCE", "free")
    with pytest.raises(InputError, match="PCBIN_LICENCE = 'free'; use 'any' or 'open'"):
        pcbin.compress(cloud(), model=tiny)

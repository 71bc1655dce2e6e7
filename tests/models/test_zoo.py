"""Finding models: by name, hash, path; shipped ones and the user's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pcbin.errors import InputError, ModelNotFound, PcbinWarning, UnsupportedVersion, WeightsCorrupt
from pcbin.formats.model_file import dump_model, load_model
from pcbin.models import zoo
from pcbin.models.model import Model


@pytest.fixture
def other_bytes(model_parts: Callable[..., Any]) -> bytes:
    return dump_model(*model_parts(seed=9, name="other"))


def test_by_name_hash_path_and_bytes(tiny_path: Path, tiny: Model) -> None:
    sha = tiny.file.sha256
    for wanted in ("tiny", sha, sha[:8], sha[:16].upper(), str(tiny_path), tiny_path, tiny.id):
        assert zoo.find(wanted) == tiny_path
        assert zoo.load(wanted).id == tiny.id


def test_a_path_without_the_suffix(tiny_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "model.bin"
    shutil.copy(tiny_path, copy)
    monkeypatch.chdir(tmp_path)
    for wanted in (str(copy), copy, Path("model.bin"), f".{os.sep}model.bin"):
        assert zoo.load(wanted).name == "tiny"


def test_a_model_is_itself(tiny: Model) -> None:
    assert zoo.load(tiny) is tiny


def test_loaded_once(tiny_path: Path, tiny: Model) -> None:
    first = zoo.load("tiny")
    assert zoo.load("tiny") is first
    assert zoo.load(tiny.id) is first
    assert zoo.load(tiny_path) is first


def test_a_replaced_file_is_loaded_again(tiny_path: Path, other_bytes: bytes) -> None:
    first = zoo.load("tiny")
    tiny_path.write_bytes(other_bytes)
    os.utime(tiny_path, (1, 1))
    assert zoo.load("tiny").id != first.id


def test_devices_are_kept_apart(tiny_path: Path) -> None:
    pytest.importorskip("torch")
    plain, other = zoo.load("tiny"), zoo.load("tiny", device="torch")
    assert (plain.device, other.device) == ("cpu", "torch")
    assert plain.id == other.id


@pytest.mark.parametrize("wanted", ["chairs", "deadbeef", "deadbeefdeadbeef", "", "tin", b"12345678", b""])
def test_not_found(wanted: Any, tiny_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="tiny"):  # the names that are there
        zoo.load(wanted)


def test_seven_digits_are_no_hash(tiny_path: Path, tiny: Model) -> None:
    with pytest.raises(ModelNotFound):
        zoo.find(tiny.file.sha256[:7])


def test_remedies(models_folder: Path) -> None:
    with pytest.raises(
        ModelNotFound, match=r"hash 3132333435363738; .*`pcbin models add FILE`.*installed: none"
    ):
        zoo.load(b"12345678")
    with pytest.raises(
        ModelNotFound, match=r"no model 'x' is installed; use one of none, or the path of a .safetensors"
    ):
        zoo.load("x")
    with pytest.raises(ModelNotFound, match=r"x\.safetensors: No such file.*; see `pcbin models list`"):
        zoo.load("x.safetensors")
    with pytest.raises(ModelNotFound, match="see `pcbin models list`"):
        zoo.read_file(models_folder / "none.safetensors")
    with pytest.raises(ModelNotFound):
        zoo.load(models_folder)


def test_what_means_several_models_is_refused(
    models_folder: Path, tiny: Model, tiny_bytes: bytes, other_bytes: bytes
) -> None:
    """A model that is named like the hash of another; both are listed."""
    (models_folder / "a.safetensors").write_bytes(tiny_bytes)
    (models_folder / "b.safetensors").write_bytes(tiny_bytes)  # the same model twice is one
    digits = tiny.file.sha256[:8]
    assert zoo.find(digits) == models_folder / "a.safetensors"
    named = models_folder / f"{digits}.safetensors"
    named.write_bytes(other_bytes)
    with pytest.raises(InputError, match=rf"{digits} means several models: .*{named.name}.*a\.safetensors"):
        zoo.find(digits)
    assert zoo.find(tiny.id) == models_folder / "a.safetensors"


def test_a_broken_match_is_passed_over(
    models_folder: Path, tiny: Model, tiny_bytes: bytes, other_bytes: bytes
) -> None:
    (models_folder / "a.safetensors").write_bytes(tiny_bytes[:-1] + bytes([tiny_bytes[-1] ^ 1]))
    (models_folder / "b.safetensors").write_bytes(tiny_bytes)
    with pytest.warns(PcbinWarning, match=r"a\.safetensors: the weights' SHA-256 .*; passed over"):
        assert zoo.find(tiny.id) == models_folder / "b.safetensors"


@pytest.mark.skipif(os.name == "nt", reason="named pipes are of POSIX")
def test_a_named_pipe_in_the_folder_is_not_waited_for(tiny_path: Path, models_folder: Path) -> None:
    os.mkfifo(models_folder / "pipe.safetensors")
    assert [entry.name for entry in zoo.installed()] == ["tiny"]


def test_shipped_come_first(
    models_folder: Path, tmp_path: Path, tiny_bytes: bytes, other_bytes: bytes
) -> None:
    (tmp_path / "shipped" / "same.safetensors").write_bytes(tiny_bytes)
    (models_folder / "same.safetensors").write_bytes(other_bytes)
    assert [(e.name, e.shipped) for e in zoo.installed()] == [("same", True), ("same", False)]
    assert zoo.find("same").parent == tmp_path / "shipped"
    assert zoo.find(load_model(other_bytes).id).parent == models_folder


def test_what_is_damaged_is_passed_over(tiny_path: Path, tiny_bytes: bytes) -> None:
    folder = tiny_path.parent
    (folder / "a-empty.safetensors").write_bytes(b"")
    (folder / "b-text.safetensors").write_bytes(b"not a model at all")
    (folder / "c-short.safetensors").write_bytes(tiny_bytes[:200])
    (folder / "d-folder.safetensors").mkdir()
    (folder / "e-link.safetensors").symlink_to(folder / "nowhere")
    (folder / "notes.txt").write_text("no model")
    assert [entry.name for entry in zoo.installed()] == ["tiny"]
    assert zoo.load("tiny").name == "tiny"


def test_damaged_weights_are_found_when_loaded(tiny_path: Path, tiny_bytes: bytes) -> None:
    """The list reads headers only; `load` checks the hash."""
    tiny_path.write_bytes(tiny_bytes[:-1] + bytes([tiny_bytes[-1] ^ 1]))
    assert [entry.name for entry in zoo.installed()] == ["tiny"]
    with pytest.raises(WeightsCorrupt, match=r"tiny\.safetensors: the weights' SHA-256"):
        zoo.load("tiny")


def test_no_folder_at_all(tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCBIN_MODELS", str(tmp_path / "none"))
    assert zoo.installed() == []


def test_user_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PCBIN_MODELS", "/somewhere")
    assert zoo.user_folder() == Path("/somewhere")
    monkeypatch.delenv("PCBIN_MODELS")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert zoo.user_folder() == tmp_path / "pcbin" / "models"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert zoo.user_folder() == tmp_path / "local" / "pcbin" / "models"


def test_add(models_folder: Path, tmp_path: Path, tiny_bytes: bytes, tiny: Model) -> None:
    source = tmp_path / "mine.safetensors"
    source.write_bytes(tiny_bytes)
    models_folder.rmdir()  # made at need
    assert zoo.add(source) == models_folder / "mine.safetensors"
    assert zoo.find("mine").read_bytes() == tiny_bytes
    assert zoo.add(source, name="Chairs-2.0_a") == models_folder / "Chairs-2.0_a.safetensors"
    assert zoo.load("Chairs-2.0_a").id == tiny.id


def test_add_refuses_taken_names(
    models_folder: Path, tmp_path: Path, tiny_bytes: bytes, other_bytes: bytes
) -> None:
    (tmp_path / "shipped" / "chair.safetensors").write_bytes(tiny_bytes)
    source = tmp_path / "mine.safetensors"
    source.write_bytes(other_bytes)
    with pytest.raises(
        InputError, match="'chair' is the name of a shipped model; choose another with --name"
    ):
        zoo.add(source, name="chair", overwrite=True)
    zoo.add(source)
    source.write_bytes(tiny_bytes)
    with pytest.raises(InputError, match=r"mine\.safetensors exists"):
        zoo.add(source)
    assert zoo.find("mine").read_bytes() == other_bytes
    zoo.add(source, overwrite=True)
    assert zoo.find("mine").read_bytes() == tiny_bytes


@pytest.mark.parametrize(
    "name",
    ["..", ".hidden", "a/b", "../a", "a b", "a\0b", "a\\b", "a:b", "x" * 300, "con", "COM1.x", "chаir", "a."],
)
def test_add_refuses_names(name: str, models_folder: Path, tmp_path: Path, tiny_bytes: bytes) -> None:
    source = tmp_path / "mine.safetensors"
    source.write_bytes(tiny_bytes)
    with pytest.raises(InputError, match="cannot name a model; use up to 64 of the letters a to z, digits"):
        zoo.add(source, name=name)
    assert list(models_folder.iterdir()) == []


def test_add_refuses_what_is_no_model(models_folder: Path, tmp_path: Path, model_parts: Any) -> None:
    source = tmp_path / "mine.safetensors"
    with pytest.raises(ModelNotFound):
        zoo.add(source)
    source.write_bytes(b"nothing")
    with pytest.raises(WeightsCorrupt):
        zoo.add(source)
    model, info, tensors = model_parts()
    source.write_bytes(dump_model({**model, "bits": 12}, info, tensors))  # a sound file, no model that runs
    with pytest.raises(WeightsCorrupt, match="bits = 12"):
        zoo.add(source)
    source.write_bytes(dump_model({**model, "normalisation": "newer"}, info, tensors))
    with pytest.raises(UnsupportedVersion):
        zoo.add(source)
    assert list(models_folder.iterdir()) == []


def test_giant_files_are_not_read(models_folder: Path, tmp_path: Path) -> None:
    giant = tmp_path / "giant.safetensors"
    with giant.open("wb") as file:
        file.truncate((1 << 30) + 1)
    with pytest.raises(InputError, match="no model of pcbin is that large"):
        zoo.load(giant)


def test_the_default_is_installed() -> None:
    """Without a folder of the test's own: the model in the wheel."""
    shipped = {entry.name: entry for entry in zoo.installed() if entry.shipped}
    if not shipped:
        pytest.skip("no shipped model in this checkout")
    assert zoo.DEFAULT in shipped
    model = zoo.load()
    assert (model.name, model.default_bits, model.bits, model.points) == ("chair", 128, 512, 2048)
    assert shipped[zoo.DEFAULT].path.stat().st_size <= 8_000_000

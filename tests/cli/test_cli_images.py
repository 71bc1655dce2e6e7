"""Images on the command line: the same commands, chosen by what the model codes."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_helpers import documents, environment, run, write_xyz

import pcbin
from pcbin.formats import pcb
from pcbin.formats.images import read_image, write_image
from pcbin.formats.model_file import dump_model
from pcbin.models.architectures import image_decoder, image_encoder
from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.layers import Sigmoid

pytest.importorskip("PIL")

HEIGHT, WIDTH, BITS = 7, 6, 64
ONE_FILE = 20 + BITS // 8
WITH_MODEL = ("--model", "digits")


def model_bytes(*, seed: int = 0) -> bytes:
    rng = np.random.default_rng(seed)
    *layers, last = image_decoder(BITS, [16], HEIGHT, WIDTH)
    description = ModelDescription(
        lengths=CodeLengths(BITS, BITS, BITS),
        head=BITS,
        bit_values=(0.0, 1.0),
        encoder=image_encoder(HEIGHT, WIDTH, [16], BITS),
        decoder=(*layers, Sigmoid(), last),
        image=(HEIGHT, WIDTH),
    )
    tensors = {key: rng.normal(0, 0.5, size).astype(np.float16) for key, size in description.tensor_shapes()}
    info = {"name": "digits", "license": "none", "training_set": [{"path": "set.npz", "images": 60_000}]}
    return dump_model(description.document(), info, tensors)


def write(path: str, seed: int = 0, shape: tuple[int, ...] = (HEIGHT, WIDTH)) -> Path:
    """A random image; of three dimensions, a coloured one."""
    from PIL import Image

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)).save(path)
    return Path(path)


@pytest.fixture(autouse=True)
def digits(models: Path, here: Path) -> Path:
    """A model of images beside that of clouds, which is the default."""
    path = models / "digits.safetensors"
    path.write_bytes(model_bytes())
    return path


@pytest.fixture
def three(here: Path) -> Path:
    """in/a.png, in/b.pgm, in/deep/c.bmp, and all.pcb of them."""
    write("in/a.png", 1), write("in/b.pgm", 2), write("in/deep/c.bmp", 3)
    Path("in/notes.txt").write_text("1 2 3\n")  # a cloud, were the model one of clouds
    run("encode", "in", "-o", "all.pcb", "-q", *WITH_MODEL)
    return here


def test_encode_says_psnr_and_bpp(here: Path) -> None:
    write("a.png")
    result = run("encode", "a.png", *WITH_MODEL)
    assert result.stdout.startswith("a.png -> a.pcb\n")
    assert f"{BITS} bits of code, {ONE_FILE} bytes as a file: 1.5 x smaller" in result.stdout
    assert "(the code alone: 5.2 x)" in result.stdout
    assert "PSNR " in result.stdout
    assert "1.52 BPP" in result.stdout
    assert "not kept" not in result.stdout
    assert len(Path("a.pcb").read_bytes()) == ONE_FILE
    [document] = documents(run("encode", "a.png", "-f", "--json", *WITH_MODEL))
    wanted = pcbin.evaluate_image(read_image("a.png"), data=Path("a.pcb").read_bytes())
    for key in ("height", "width", "mse", "psnr", "payload_bits", "container_bits", "bpp", "ratio"):
        assert document[key] == pytest.approx(getattr(wanted, key)), key
    assert document["bpp"] == BITS / (HEIGHT * WIDTH)
    assert document["dropped"] == []


def test_without_report(here: Path) -> None:
    write("a.png")
    assert "quality not measured" in run("encode", "a.png", "--no-report", *WITH_MODEL).stdout
    [document] = documents(run("encode", "a.png", "-f", "--no-report", "--json", *WITH_MODEL))
    assert (document["height"], document["width"], document["payload_bits"]) == (HEIGHT, WIDTH, BITS)
    assert "psnr" not in document


def test_what_is_lost_is_said(here: Path) -> None:
    write("a.png", shape=(HEIGHT, WIDTH, 4))
    assert "not kept: colour, transparency\n" in run("encode", "a.png", *WITH_MODEL).stdout
    assert documents(run("encode", "a.png", "-f", "--json", *WITH_MODEL))[0]["dropped"] == [
        "colour",
        "transparency",
    ]
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((WIDTH, HEIGHT), np.uint8)).save("t.png", exif=exif)
    assert "turned upright as its EXIF data says\n" in run("encode", "t.png", *WITH_MODEL).stdout


def test_folders_are_searched_for_what_the_model_codes(here: Path) -> None:
    write("in/a.png"), write("in/deep/b.JPEG"), write_xyz("in/c.xyz")
    run("encode", "in", "-o", "images", "-q", *WITH_MODEL)
    assert sorted(str(p) for p in Path("images").rglob("*.pcb")) == ["images/a.pcb", "images/deep/b.pcb"]
    run("encode", "in", "-o", "clouds", "-q")
    assert sorted(str(p) for p in Path("clouds").rglob("*.pcb")) == ["clouds/c.pcb"]
    run("encode", "in", "-o", "forced", "-q", "--format", "png", *WITH_MODEL)
    assert sorted(str(p) for p in Path("forced").rglob("*.pcb")) == ["forced/a.pcb"]


def test_standard_input_and_output(here: Path) -> None:
    data = write("a.png").read_bytes()
    run("encode", "a.png", "-q", *WITH_MODEL)
    wanted = Path("a.pcb").read_bytes()
    assert run("encode", "-", "--format", "png", *WITH_MODEL, input=data).stdout_bytes == wanted
    assert run("encode", "a.png", "-o", "-", *WITH_MODEL).stdout_bytes == wanted
    run("decode", "a.pcb", "-q", "-o", "back.png")
    assert run("decode", "-", input=wanted).stdout_bytes == Path("back.png").read_bytes()
    run("decode", "-", "-o", "out/", input=wanted)
    assert Path("out/stdin.png").read_bytes() == Path("back.png").read_bytes()
    run("encode", "-", "--format", "pgm", *WITH_MODEL, input=data, code=1)
    assert run("info", "-", input=wanted).stdout.startswith("standard input\n")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("a.png",),
            "a.png: an image, and the models that are tried code point clouds; pass a model of images",
        ),
        (("pictures",), "pictures/b.gif: an image, and the models that are tried code point clouds"),
        (
            ("a.png", "--format", "png"),
            "--format png: a format of images, and the models that are tried code",
        ),
        (("c.xyz", *WITH_MODEL), "c.xyz: a point cloud, and model digits codes images of 7 x 6 pixels; pass"),
        (("clouds", *WITH_MODEL), "clouds/d.xyz: a point cloud, and model digits codes images"),
        (("c.xyz", "--format", "xyz", *WITH_MODEL), "--format xyz: a format of clouds, and model digits"),
        (("c.xyz", "--format", "what", *WITH_MODEL), "unknown format 'what'"),
        (("empty", *WITH_MODEL), "no image file below this folder"),
        (("large.png", *WITH_MODEL), "large.png: image: 9 x 9 pixels; the model codes 7 x 6: resize it"),
        (("bad.png", *WITH_MODEL), "bad.png: not an image"),
        (("cut.png", *WITH_MODEL), "cut.png: a damaged image"),
        (("no.png", *WITH_MODEL), "no.png: no such file"),
    ],
)
def test_errors(here: Path, args: tuple[str, ...], message: str) -> None:
    data = write("a.png").read_bytes()
    write("pictures/b.gif"), write("large.png", shape=(9, 9)), write_xyz("c.xyz"), write_xyz("clouds/d.xyz")
    Path("bad.png").write_text("1 2 3\n")
    Path("cut.png").write_bytes(data[:50])
    Path("empty").mkdir()
    for command in ("encode", "eval"):
        if command == "eval" and "-o" in args:
            continue
        result = run(command, *args, code=1)
        assert message in result.stderr
        assert result.stderr.count("\n") == 1
    assert not list(here.rglob("*.pcb"))
    assert Path("a.png").read_bytes() == data


def test_options_of_clouds(here: Path) -> None:
    write("a.png")
    for options in (("--samples", "9"), ("--sampling", "random"), ("--sampling", "farthest")):
        for command in ("encode", "eval"):
            result = run(command, "a.png", *options, *WITH_MODEL, code=2)
            assert f"{options[0]} is for clouds, and model digits codes images" in result.stderr
    for command in ("encode", "eval"):
        result = run(command, "a.png", "--up", "z", *WITH_MODEL, code=1)
        assert "no axis that is up; omit up" in result.stderr
    found = [run("eval", "a.png", "--json", "--effort", n, *WITH_MODEL).stdout for n in ("0", "1", "9")]
    errors = [json.loads(one)["mse"] for one in found]
    assert errors == sorted(errors, reverse=True)  # this one is for images too
    run("encode", "a.png", "-q", "--seed", "3", "--no-pose", *WITH_MODEL)
    bare = Path("a.pcb").read_bytes()
    run("encode", "a.png", "-q", "-f", *WITH_MODEL)
    assert Path("a.pcb").read_bytes() == bare


def test_decode_beside_its_input_as_png(here: Path) -> None:
    write("a.bmp")
    run("encode", "a.bmp", "-q", *WITH_MODEL)
    result = run("decode", "a.pcb")
    assert result.stdout.startswith(
        f"a.pcb -> a.png\n  {HEIGHT} x {WIDTH} pixels, decoded by model digits in "
    )
    assert "origin" not in result.stdout
    wanted = pcbin.decompress(Path("a.pcb").read_bytes())
    assert wanted.shape == (HEIGHT, WIDTH)
    np.testing.assert_array_equal(read_image("a.png"), wanted)
    [document] = documents(run("decode", "a.pcb", "-f", "--json"))
    assert (document["height"], document["width"], document["output"]) == (HEIGHT, WIDTH, "a.png")
    assert "points" not in document


@pytest.mark.parametrize("name", ["png", "pgm", "bmp", "tiff"])
def test_decode_to_every_format(here: Path, name: str) -> None:
    write("a.png")
    run("encode", "a.png", "-q", *WITH_MODEL)
    run("decode", "a.pcb", "-q", "--format", name, "-o", "out/")
    [target] = Path("out").iterdir()
    wanted = pcbin.decompress(Path("a.pcb").read_bytes())
    np.testing.assert_array_equal(read_image(target, format=name), wanted)
    run("decode", "a.pcb", "-q", "-o", f"b{target.suffix}")
    assert Path(f"b{target.suffix}").read_bytes() == target.read_bytes()


def test_decode_wants_a_format_of_what_the_model_makes(here: Path) -> None:
    write("a.png"), write_xyz("c.xyz")
    run("encode", "a.png", "-q", *WITH_MODEL), run("encode", "c.xyz", "-q")
    for args, message in (
        (("a.pcb", "-o", "a.ply"), "a.pcb: ply is a format of clouds, and model digits makes images; use"),
        (("a.pcb", "--format", "xyz"), "xyz is a format of clouds"),
        (("c.pcb", "-o", "c.png"), "c.pcb: png is a format of images, and model tiny makes clouds; use"),
        (("a.pcb", "-o", "a.jpg"), "a.jpg: jpeg cannot be written; use one of: png, pgm, bmp, tiff"),
        (("a.pcb", "-o", "a.what"), "for images: png, pgm, bmp, tiff"),
    ):  # fmt: skip
        assert message in run("decode", *args, code=1).stderr
    assert sorted(p.name for p in here.iterdir()) == ["a.pcb", "a.png", "c.pcb", "c.xyz"]


def test_decode_both_kinds_at_once(here: Path) -> None:
    write("in/a.png"), write_xyz("in/c.xyz")
    run("encode", "in/a.png", "-q", *WITH_MODEL), run("encode", "in/c.xyz", "-q")
    run("decode", "in", "-o", "out", "-q")
    assert sorted(p.name for p in Path("out").iterdir()) == ["a.png", "c.ply"]
    os.link("in/a.pcb", "out/b.png")  # what would be written over is an input, by another name
    assert "is an input" in run("decode", "in/a.pcb", "-o", "out/b.png", "-f", code=1).stderr


def test_archives(three: Path) -> None:
    with pcb.ArchiveReader("all.pcb") as reader:
        assert [record.metadata["name"] for record in reader] == ["a.png", "b.pgm", "deep/c.bmp"]
        assert (reader.pose_kind, reader.header.layout) == ("none", "archive")
        code = reader[1].code
    run("encode", "in/b.pgm", "-q", *WITH_MODEL)
    assert pcb.loads(Path("in/b.pcb").read_bytes()).code == code
    result = run("encode", "in", "--archive", "-o", "again.pcb", *WITH_MODEL)
    assert "3 images -> again.pcb" in result.stdout
    assert "mean PSNR" in result.stdout
    assert result.stdout.count("1.52 BPP") == 4
    *images, summary = documents(run("encode", "in", "-o", "again.pcb", "-f", "--json", *WITH_MODEL))
    assert [image["name"] for image in images] == ["a.png", "b.pgm", "deep/c.bmp"]
    assert summary["psnr"] == pytest.approx(np.mean([image["psnr"] for image in images]))
    assert summary["worst_psnr"] == min(image["psnr"] for image in images)
    assert (summary["images"], summary["bytes"]) == (3, Path("again.pcb").stat().st_size)
    run("encode", "in/a.png", "-o", "all.pcb", "--append", "-q")  # by the model of the archive
    with pcb.ArchiveReader("all.pcb") as reader:
        assert len(reader) == 4


def test_append_keeps_to_the_kind(three: Path) -> None:
    before = Path("all.pcb").read_bytes()
    write_xyz("c.xyz")
    assert "c.xyz: a point cloud" in run("encode", "c.xyz", "-o", "all.pcb", "--append", code=1).stderr
    assert Path("all.pcb").read_bytes() == before
    Path("bad.png").write_text("bad")
    result = run("encode", "bad.png", "-o", "none.pcb", "--archive", *WITH_MODEL, code=1)
    assert "none of the images could be encoded" in result.stderr


def test_archives_decode_to_folders(three: Path) -> None:
    result = run("decode", "all.pcb", "-o", "out/")
    assert f"3 images of {HEIGHT} x {WIDTH} pixels" in result.stdout
    names = sorted(str(p) for p in Path("out").rglob("*.png"))
    assert names == ["out/a.png", "out/b.png", "out/deep/c.png"]
    for name, original in (("a", "a.png"), ("b", "b.pgm"), ("deep/c", "deep/c.bmp")):
        data = pcbin.compress(read_image(f"in/{original}"), model="digits")
        np.testing.assert_array_equal(read_image(f"out/{name}.png"), pcbin.decompress(data))
    run("decode", "all.pcb", "--index", "1", "-o", "one.pgm", "-q")
    np.testing.assert_array_equal(read_image("one.pgm"), read_image("out/b.png"))
    assert (
        "there is no image 3: the file holds 3 images"
        in run("decode", "all.pcb", "--index", "3", "-o", "x.png", code=1).stderr
    )
    assert "several images are selected" in run("decode", "all.pcb", "-o", "x.png", code=1).stderr
    *images, summary = documents(run("decode", "all.pcb", "-f", "--json", "-o", "out/"))
    assert [image["height"] for image in images] == [HEIGHT] * 3
    assert summary["images"] == 3
    piped = run("decode", "-", "-o", "piped", "-q", input=Path("all.pcb").read_bytes())
    assert piped.output == ""
    assert len(list(Path("piped").rglob("*.png"))) == 3


def test_eval_of_one_and_of_a_pair(here: Path) -> None:
    write("a.png")
    run("encode", "a.png", "-q", *WITH_MODEL), run("decode", "a.pcb", "-q", "-o", "back.bmp")
    text = run("eval", "a.png", *WITH_MODEL).stdout
    for part in (
        "a.png, through model digits",
        "7 x 6",
        "1.52 bits per pixel",
        "mse",
        "PSNR",
        "encode",
        "decode",
    ):
        assert part in text
    [alone] = documents(run("eval", "a.png", "--json", *WITH_MODEL))
    [against_pcb] = documents(run("eval", "a.png", "a.pcb", "--json"))
    [against_image] = documents(run("eval", "a.png", "back.bmp", "--json"))
    wanted = pcbin.evaluate_image(read_image("a.png"), read_image("back.bmp"))
    for found in (alone, against_pcb, against_image):
        assert (found["mse"], found["psnr"]) == pytest.approx((wanted.mse, wanted.psnr))
    assert against_pcb["container_bits"] == alone["container_bits"] == 8 * ONE_FILE
    assert against_image["bpp"] is None
    assert "infinite" in run("eval", "a.png", "a.png").stdout
    assert documents(run("eval", "a.png", "a.png", "--json"))[0]["psnr"] is None


def test_eval_of_many_makes_a_table(three: Path) -> None:
    head, *rows = run("eval", "in", *WITH_MODEL).stdout.splitlines()
    assert head.split()[:6] == ["IMAGE", "PIXELS", "BITS", "BYTES", "BPP", "RATIO"]
    assert [row.split()[0] for row in rows] == ["in/a.png", "in/b.pgm", "in/deep/c.bmp", "mean"]
    assert len({len(line) for line in (head, *rows)}) == 1
    *images, summary = documents(run("eval", "in", "--json", *WITH_MODEL))
    assert summary["psnr"] == pytest.approx(np.mean([image["psnr"] for image in images]))
    assert summary["images"] == 3


def test_eval_compares_two_of_one_kind(three: Path) -> None:
    write_xyz("c.xyz"), write("large.png", shape=(9, 9))
    run("encode", "c.xyz", "-q"), run("encode", "in/a.png", "-q", "-o", "a.pcb", *WITH_MODEL)
    for args, message in (
        (("in/a.png", "c.xyz"), "c.xyz: a cloud, and in/a.png is an image"),
        (("c.xyz", "in/a.png"), "in/a.png: an image, and c.xyz is a cloud"),
        (("in/a.png", "c.pcb"), "c.pcb: the code of a cloud, by model tiny"),
        (("c.xyz", "a.pcb"), "a.pcb: the code of an image, by model digits"),
        (("in/a.png", "all.pcb"), "compare with an image of it"),
        (("in/a.png", "large.png"), "decoded: 9 x 9 pixels, the original has 7 x 6"),
    ):
        assert message in run("eval", *args, code=1).stderr


def test_info_and_verify(three: Path, digits: Path) -> None:
    run("encode", "in/a.png", "-q", "-o", "a.pcb", *WITH_MODEL)
    text = run("info", "a.pcb").stdout
    for part in ("one image", "64 bits per image", "none; images have no position", "(digits, installed)"):
        assert part in text
    [document] = documents(run("info", "all.pcb", "--json"))
    assert (document["clouds"], document["pose"], document["model"]["codes"]) == (3, "none", "image")
    assert run("verify", "all.pcb", "a.pcb").stdout == "all.pcb: OK, 3 images\na.pcb: OK, 1 image\n"
    digits.unlink()  # now nothing says that they are images
    assert documents(run("info", "a.pcb", "--json"))[0]["model"]["codes"] is None
    assert "is not installed here" in run("verify", "a.pcb").stdout


def test_models(digits: Path) -> None:
    listed = run("models", "list").stdout
    [row] = [line for line in listed.splitlines() if line.startswith("digits")]
    assert "7 x 6 pixels" in row
    assert "None" not in listed
    for text in (run("models", "show", "digits").stdout, run("info", digits).stdout):
        assert "grey, 7 x 6 pixels" in text
        assert "60,000 images of set.npz" in text
        assert "come out" not in text
    [document] = [d for d in documents(run("models", "list", "--json")) if d["name"] == "digits"]
    assert (document["image"], document["points"]) == ([HEIGHT, WIDTH], None)
    assert "OK" in run("verify", digits).stdout


def test_without_pillow(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.png")
    run("encode", "a.png", "-q", *WITH_MODEL)
    monkeypatch.setitem(sys.modules, "PIL", None)
    wanted = "needs Pillow: pip install 'pcbin[images]'"
    assert wanted in run("encode", "a.png", "-f", *WITH_MODEL, code=1).stderr
    assert wanted in run("decode", "a.pcb", "-f", code=1).stderr
    assert "1 image" in run("verify", "a.pcb").stdout


HEAVY = ("PIL", "torch", "scipy", "plyfile")


def imported(*args: str) -> set[str]:
    """Which of the heavy packages a command loads."""
    script = (
        "import sys; from pcbin.cli.program import program\n"
        f"try: program({list(args)!r}, prog_name='pcbin')\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], stderr=subprocess.PIPE, env=environment(), check=True, timeout=60
    )
    return set(ast.literal_eval(done.stderr.decode()))


def test_pillow_is_for_images_alone(here: Path) -> None:
    write("a.png"), write_xyz("c.xyz")
    assert imported("encode", "c.xyz", "-q", "--model", "tiny") == {"scipy"}  # the Chamfer distance
    assert imported("decode", "c.pcb", "-q", "-f", "--format", "xyz") == set()
    assert imported("encode", "a.png", "-q", *WITH_MODEL) == {"PIL"}
    assert imported("decode", "a.pcb", "-q", "-f") == {"PIL"}
    assert imported("info", "a.pcb") == imported("verify", "a.pcb") == set()


def test_written_alike_by_library_and_command(here: Path) -> None:
    image = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
    with Path("a.pgm").open("wb") as file:
        write_image(file, image, "pgm")
    run("encode", "a.pgm", "-q", *WITH_MODEL)
    assert Path("a.pcb").read_bytes() == pcbin.compress(image, model="digits")
    stream: Any = io.BytesIO()
    write_image(stream, pcbin.decompress(Path("a.pcb").read_bytes()))
    assert run("decode", "a.pcb", "-o", "-").stdout_bytes == stream.getvalue()

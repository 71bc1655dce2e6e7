"""The task of coding images: batches, likelihoods and what validation says."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_helpers import HEIGHT, WIDTH, patterns, table, write_npz

torch = pytest.importorskip("torch")

from pcbin.errors import InputError  # noqa: E402
from pcbin.training.build import build  # noqa: E402
from pcbin.training.recipe import parse  # noqa: E402
from pcbin.training.tasks import CloudTask, ImageTask, make_task  # noqa: E402

D = torch.distributions


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_npz(tmp_path / "set.npz")
    return tmp_path


def task(folder: Path, **changes: Any) -> ImageTask:
    return ImageTask(parse({**table(), **changes}, "test"), folder)


def test_sets(data: Path) -> None:
    """The split is the recipe's, a part is held out, and nothing is in both."""
    found = make_task(parse(table(), "test"), data)
    assert isinstance(found, ImageTask)
    assert not isinstance(found, CloudTask)
    held = found.validation["set.npz"]
    assert (len(found.pixels), len(held)) == (64, 16)
    assert found.content == [{"path": "set.npz", "images": 64}]
    both = np.concatenate([found.pixels, held]).reshape(80, -1)
    wanted = patterns(80)[0].reshape(80, -1)
    np.testing.assert_array_equal(both[np.lexsort(both.T)], wanted[np.lexsort(wanted.T)])
    again = task(data).validation["set.npz"]
    np.testing.assert_array_equal(again, held)  # the same ones in every run


def test_several_sets(data: Path) -> None:
    sources = [{"path": "set.npz", "split": "train"}, {"path": "set.npz", "split": "test"}]
    found = task(data, data=sources)
    assert len(found.pixels) == 100
    assert not found.validation
    assert [one["images"] for one in found.content] == [80, 20]
    found = task(data, data=[{**source, "validation": 0.1} for source in sources])
    assert {name: len(held) for name, held in found.validation.items()} == {"set.npz": 8, "set.npz #2": 2}


def test_batches(data: Path) -> None:
    found = task(data)
    seen, target, rows, changed = found.batch(50, np.random.default_rng(3), 0.5)
    np.testing.assert_array_equal(seen, target)
    assert seen.shape == (50, HEIGHT, WIDTH)
    assert seen.dtype == np.float32
    assert 0 <= seen.min() < seen.max() <= 1
    trained = {image.tobytes() for image in found.pixels}
    assert all(np.rint(255 * image).astype(np.uint8).tobytes() in trained for image in seen)
    np.testing.assert_array_equal(np.rint(255 * target), found.pixels[rows])
    assert changed is None
    again = found.batch(50, np.random.default_rng(3), 0.5).inputs
    other = found.batch(50, np.random.default_rng(4), 0.5).inputs
    np.testing.assert_array_equal(seen, again)
    assert (seen != other).any()


def test_the_whole_set_in_order(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pcbin.training.tasks.images.BATCH_SIZE", 10)
    found = task(data)
    parts = list(found.training_inputs(torch.device("cpu")))
    assert [len(part) for part in parts] == [10] * 6 + [4]
    np.testing.assert_allclose(torch.cat(parts).numpy(), found.pixels / 255, atol=1e-7)


def test_bernoulli_likelihood(data: Path) -> None:
    """Of black and white pixels, and of grey ones: the mean over draws with the grey's probability."""
    torch.manual_seed(0)
    found, logits = task(data), 3 * torch.randn(4, HEIGHT, WIDTH)
    likelihood = D.Bernoulli(logits=logits)
    bits = torch.randint(2, (4, HEIGHT, WIDTH)).float()
    torch.testing.assert_close(found.reconstruction(logits, bits), -likelihood.log_prob(bits).sum((1, 2)))
    grey = torch.rand(4, HEIGHT, WIDTH)
    one, zero = (likelihood.log_prob(torch.full_like(grey, value)) for value in (1.0, 0.0))
    expected = -(grey * one + (1 - grey) * zero).sum((1, 2))
    torch.testing.assert_close(found.reconstruction(logits, grey), expected)


@pytest.mark.parametrize("sigma", [0.1, 1.0])
def test_gaussian_likelihood(sigma: float, data: Path) -> None:
    """Less the constant of the density, and with the mean behind a sigmoid, as `freeze` has it."""
    torch.manual_seed(0)
    found = task(data, objective={"sigma": sigma})
    logits, target = torch.randn(4, HEIGHT, WIDTH), torch.rand(4, HEIGHT, WIDTH)
    density = D.Normal(torch.sigmoid(logits), sigma).log_prob(target).sum((1, 2))
    constant = HEIGHT * WIDTH * math.log(sigma * math.sqrt(2 * math.pi))
    torch.testing.assert_close(
        found.reconstruction(logits, target), -density - constant, rtol=1e-4, atol=1e-3
    )


@pytest.mark.parametrize("kind", ["bernoulli", "beta", "normal"])
def test_evaluate(kind: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """nll and PSNR by hand, from the code where there is one and from the mean else; batches do not show."""
    monkeypatch.setattr("pcbin.training.tasks.images.BATCH_SIZE", 7)
    torch.manual_seed(0)
    plan = parse(table(kind), "test")
    network = build(plan)
    images = patterns(18, 5)[0]
    scores = ImageTask(plan, data).evaluate(network, images, torch.device("cpu"))
    seen = torch.from_numpy(images).double() / 255
    with torch.no_grad():
        params = network.encode(seen.float())
        z = params[:, :8] if kind == "normal" else network.latent.logits(params) > 0
        if kind == "bernoulli":
            z = 2.0 * z - 1
        probabilities = torch.sigmoid(network.decode(z.float())).double()
    nll = -(seen * probabilities.log() + (1 - seen) * (1 - probabilities).log()).sum((1, 2)).mean()
    psnr = (-10 * ((seen - probabilities) ** 2).mean((1, 2)).log10()).mean()
    assert scores == {
        "nll": pytest.approx(float(nll), rel=1e-5),
        "psnr": pytest.approx(float(psnr), rel=1e-5),
    }


def test_sets_that_cannot_be_used(data: Path) -> None:
    source = table()["data"][0]
    for changes, message in (
        ({"data": []}, r"no data; add a \[\[data\]\] table"),
        ({"data": [{**source, "path": "none.npz"}]}, "no such file"),
        ({"data": [{**source, "split": "val"}]}, "no split 'val'"),
        ({"data": [{**source, "validation": 1.0}]}, "all images are held out; lower validation"),
        (
            {"decoder": {"image": [5, 6]}},
            r"6 x 5; the recipe's decoder makes 5 x 6: change \[decoder\] image",
        ),
    ):
        with pytest.raises(InputError, match=message):
            task(data, **changes)


@pytest.mark.parametrize("key", [{"classes": ["3"]}, {"weight": 0.5}, {"final_weight": 0.5}])
def test_keys_that_only_clouds_have(key: dict[str, Any], data: Path) -> None:
    plan = table()
    plan["data"][0] |= key
    with pytest.raises(InputError, match="no classes and no weights"):
        ImageTask(parse(plan, "test"), data)

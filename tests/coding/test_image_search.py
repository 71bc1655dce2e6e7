"""The search over bit flips of images: never worse, bounded, and right in its arithmetic."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from image_helpers import HEIGHT, WIDTH, patterns

from pcbin import Codec
from pcbin.arrays import Codes
from pcbin.cluster import Mixture
from pcbin.coding import image_search
from pcbin.coding.effort import IMAGE_MEASUREMENTS, MAX_EFFORT, WIDTHS
from pcbin.coding.encoding import encode_images
from pcbin.coding.image_search import refine
from pcbin.errors import InputError
from pcbin.models.architectures import image_decoder, image_encoder
from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.layers import Sigmoid, Take, forward, vjp
from pcbin.models.model import Model

EFFORTS = range(1, MAX_EFFORT + 1)


def made(bits: int = 16, *, blocks: int = 1, clusters: int = 0, nested: bool = False, seed: int = 0) -> Model:
    """An untrained model of images of bars, whose guesses leave much to be found."""
    rng = np.random.default_rng(seed)
    *layers, last = image_decoder(bits, [12], HEIGHT, WIDTH, blocks=blocks)
    description = ModelDescription(
        lengths=CodeLengths(8 if nested else bits, bits, bits),
        head=bits,
        bit_values=(-1.0, 1.0),
        encoder=image_encoder(HEIGHT, WIDTH, [8], bits),
        decoder=(*layers, Sigmoid(), last),
        image=(HEIGHT, WIDTH),
        mixture_components=clusters,
    )
    tensors: dict[str, Any] = {
        key: rng.normal(size=size).astype(np.float16) for key, size in description.tensor_shapes()
    }
    if clusters:
        tensors["mixture/weights"] = np.full(clusters, 1 / clusters, np.float32)
        tensors["mixture/means"] = rng.uniform(0.1, 0.9, (clusters, bits)).astype(np.float32)
    return Model.from_parts(description, {"name": "bars"}, tensors)


def bars(count: int = 20) -> Any:
    return (patterns(count, 5)[0] / np.float32(255)).astype(np.float32)


def errors(model: Model, images: Any, codes: Codes) -> Any:
    return np.square(model.decode(codes) - images).mean(axis=(1, 2))


@pytest.mark.parametrize("blocks", [0, 2])
def test_gradient_is_that_of_torch(blocks: int) -> None:
    torch = pytest.importorskip("torch")
    from pcbin.models.ops_torch import TorchOps

    model, rng = made(blocks=blocks), np.random.default_rng(1)
    x = rng.normal(size=(5, 16)).astype(np.float32)
    slope = rng.normal(size=(5, HEIGHT, WIDTH)).astype(np.float32)
    decoder = model.description.decoder
    decoded, back = vjp(decoder, model.weights, x)
    np.testing.assert_allclose(decoded, model.run(decoder, x), rtol=1e-5, atol=1e-6)
    tensors = {key: torch.from_numpy(model.weights[key]) for key in model.file.tensors}
    theirs = torch.from_numpy(x).requires_grad_()
    forward(decoder, tensors, theirs, TorchOps()).backward(torch.from_numpy(slope))
    np.testing.assert_allclose(back(slope), theirs.grad.numpy(), rtol=1e-3, atol=1e-5)


def test_more_effort_is_never_worse() -> None:
    model, images = made(), bars()
    codes = model.encode(images)
    found = [errors(model, images, codes)]
    found += [errors(model, images, refine(model, images, codes, effort=effort)) for effort in EFFORTS]
    assert (np.diff(found, axis=0) <= 1e-7).all()
    assert found[-1].mean() < 0.8 * found[0].mean()  # it is worth something


@pytest.mark.parametrize("effort", EFFORTS)
def test_it_measures_no_more_than_its_budget(effort: int, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    error = image_search._BatchSearch._error

    def count(self: Any, rows: Any, bits: Any) -> Any:
        counted.append(bits.shape[1])
        return error(self, rows, bits)

    monkeypatch.setattr(image_search._BatchSearch, "_error", count)
    model, images = made(), bars(1)
    refine(model, images, model.encode(images), effort=effort)
    assert sum(counted) < IMAGE_MEASUREMENTS[effort] + WIDTHS[-1]


def test_it_mostly_finds_the_best_of_all_codes() -> None:
    """With 8 bits there are 256 codes to compare with. It is a search: an optimum may trap it."""
    model, images = made(bits=8), bars()
    every = np.packbits(np.array(list(product([0, 1], repeat=8)), np.uint8), axis=1)
    best = np.array([errors(model, image[None], every).min() for image in images])
    found = errors(model, images, refine(model, images, model.encode(images), effort=9))
    assert (found <= best + 1e-6).mean() >= 0.9


@pytest.mark.parametrize("effort", [1, 5, 8])
def test_an_image_gets_the_same_code_in_any_company(effort: int) -> None:
    model, images = made(), bars(9)
    together = encode_images(model, images, bits=16, effort=effort)
    alone = [encode_images(model, image[None], bits=16, effort=effort)[0] for image in images]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("effort", [1, 5, 8])
def test_the_cluster_stays(effort: int) -> None:
    model, images = made(clusters=5), bars(60)
    before, after = (Codec(model, effort=e).codes(images)[0] for e in (0, effort))
    assert (before != after).any()
    mixture = Mixture.of(model)
    np.testing.assert_array_equal(mixture.labels(before), mixture.labels(after))
    assert errors(model, images, after).mean() < errors(model, images, before).mean()


def test_prefixes_are_searched_as_they_are() -> None:
    model, images = made(nested=True), bars()
    short, searched = (Codec(model, bits=8, effort=effort).codes(images)[0] for effort in (0, 6))
    assert searched.shape == short.shape == (20, 1)
    assert (errors(model, images, searched) <= errors(model, images, short) + 1e-7).all()


def test_layers_that_it_does_not_know() -> None:
    with pytest.raises(InputError, match="'take', so codes cannot be searched; use effort 0"):
        vjp([Take(0, 4)], {}, np.zeros((1, 8), np.float32))

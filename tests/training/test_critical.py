"""Training leaves out the points that cannot win the maximum: the result must not show it."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from pcbin.models.architectures import mlp, pointnet  # noqa: E402
from pcbin.models.layers import Linear, forward  # noqa: E402
from pcbin.models.ops_torch import TorchOps  # noqa: E402
from pcbin.training.autoencoder import Autoencoder  # noqa: E402
from pcbin.training.latents.deterministic import Deterministic  # noqa: E402

OPS = TorchOps()


@pytest.fixture
def network() -> Any:
    torch.manual_seed(0)
    return Autoencoder(pointnet([32, 64], [32], 16), mlp(16, [32], 64), Deterministic(16))


@pytest.fixture
def points() -> Any:
    torch.manual_seed(1)
    x = torch.randn(5, 800, 3)
    return 0.5 * x / x.norm(dim=2, keepdim=True) * torch.rand(5, 1, 3).add(0.3)


def full(network: Any, points: Any) -> Any:
    return forward(network.encoder, network.tensors(), points, OPS)


def test_the_subset_is_one(network: Any, points: Any) -> None:
    chosen = network._critical(points)
    assert chosen.shape[0] == 5
    assert 3 < chosen.shape[1] <= 64  # one winner a feature at most
    for cloud, few in zip(points, chosen, strict=True):
        rows = torch.cdist(few, cloud).argmin(dim=1)
        assert torch.equal(cloud[rows], few)
        assert len(rows.unique()) == len(rows)


def test_same_output(network: Any, points: Any) -> None:
    """bfloat16 may prefer a point that loses by one part in 2^8 of a feature: a small change, not none."""
    with torch.no_grad():
        expected = full(network, points)
        spread = float((expected - expected.mean(0)).std())
        assert torch.equal(network.encode(points), expected)  # all points where there is no gradient
    found = network.encode(points).detach()
    assert float((found - expected).abs().max()) < 0.1 * spread


def test_same_gradient(network: Any, points: Any) -> None:
    """The gradient of all points, but for the features where bfloat16 prefers another winner."""
    target = torch.randn(5, 16, generator=torch.Generator().manual_seed(2))
    gradients = []
    for encode in (lambda p: full(network, p), network.encode):
        network.zero_grad()
        (encode(points) * target).sum().backward()
        gradients.append({n: p.grad.clone() for n, p in network.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, exact in gradients[0].items():
        change = float((gradients[1][name] - exact).norm() / exact.norm())
        assert change < 0.2, name


def test_exactly_the_same_where_bfloat16_is_exact(points: Any) -> None:
    """Weights and coordinates of few bits: nothing is rounded, so nothing may differ."""
    torch.manual_seed(0)
    network = Autoencoder(pointnet([48], [32], 16), mlp(16, [32], 64), Deterministic(16))
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.startswith("encoder/point"):
                parameter.copy_((parameter * 4).round() / 4)
    coarse = (points * 8).round() / 8
    target = torch.randn(5, 16, generator=torch.Generator().manual_seed(2))
    results = []
    for encode in (lambda p: full(network, p), network.encode):
        network.zero_grad()
        output = encode(coarse)
        (output * target).sum().backward()
        results.append((output.detach(), network.get_parameter("encoder/out/weight").grad.clone()))  # type: ignore[union-attr]
    torch.testing.assert_close(results[0], results[1], rtol=1e-5, atol=1e-5)


def test_an_encoder_without_maximum_keeps_all(points: Any) -> None:
    torch.manual_seed(0)
    network = Autoencoder((Linear("encoder/a", 3, 4),), mlp(4, [], 4), Deterministic(4))
    assert torch.equal(network._critical(points), points)


def test_initialisation_starts_with_a_cloud(network: Any) -> None:
    """Not with a point: the first decoded clouds are as wide as an object."""
    with torch.no_grad():
        decoded = network.decode(torch.randn(4, 16).sign())
    assert decoded.shape == (4, 64, 3)
    size = (decoded.amax(1) - decoded.amin(1)).norm(dim=1)
    assert ((size > 0.3) & (size < 5)).all()
    parameters = network.tensors()
    assert (parameters["encoder/pooled/weight"] == 1).all()
    assert not parameters["encoder/out/bias"].any()

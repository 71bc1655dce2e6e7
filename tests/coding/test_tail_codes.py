"""Codes with a tail: a network for the head, a basis of displacements for the tail."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pcbin.arrays import normalise
from pcbin.coding.cloud_search import with_tails
from pcbin.coding.encoding import encode
from pcbin.coding.matching import LinearisedDecoder, signs_of
from pcbin.errors import UnsupportedVersion, WeightsCorrupt
from pcbin.formats.model_file import ModelFile, dump_model, load_model
from pcbin.metrics import nearest_squared
from pcbin.models.layers import Linear, Sum, Take, documents, tensor_shapes
from pcbin.models.model import Model, check
from pcbin.training.tail_fit import fit_tail

HEAD, COMPONENTS, BITS = 16, 8, 48
LENGTHS = range(8, BITS + 8, 8)
Parts = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


@pytest.fixture
def parts(model_parts: Callable[..., Any]) -> Parts:
    return model_parts(bits=BITS, nested=(8, 24), residual=(HEAD, COMPONENTS), blocks=0, dtype=np.float32)


def load(parts: Parts, **options: Any) -> Model:
    return Model.from_parts(*parts, **options)


def project(model: Model, cloud: Any, head: Any, bits: int) -> Any:
    """The code that begins with this head, without a search for a better one."""
    return with_tails(model, cloud[None], head[None], bits=bits)[0]


def random_codes(count: int, bits: int = BITS, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (count, bits // 8), np.uint8)


def chamfer(model: Model, cloud: Any, code: Any) -> float:
    """In the units of the cloud: decoders with random weights make large ones."""
    decoded = model.decode(code[None])[0]
    return float(nearest_squared(cloud, decoded).mean() + nearest_squared(decoded, cloud).mean())


def test_what_the_model_says(residual: Model, nested: Model) -> None:
    assert (residual.shortest, residual.head, residual.default_bits, residual.bits) == (8, 16, 24, 48)
    assert (nested.head, nested.bits) == (64, 64)
    assert residual.logits(np.zeros((2, 5, 3), np.float32)).shape == (2, 16)


@pytest.mark.parametrize("bits", LENGTHS)
def test_decoding_by_hand(bits: int, parts: Parts) -> None:
    """What the network makes of the head, plus the basis by what the levels make of the tail."""
    _, _, tensors = parts
    rng = np.random.default_rng(1)
    for name in ("levels", "basis"):  # zeros from freeze, but any file may have them
        shape = tensors[f"decoder/{name}/bias"].shape
        tensors[f"decoder/{name}/bias"] = rng.normal(0, 0.1, shape).astype(np.float32)
    t = {name: value.astype(np.float64) for name, value in tensors.items()}
    codes = random_codes(9, bits)
    z = np.zeros((9, BITS))
    z[:, :bits] = 2.0 * np.unpackbits(codes, axis=1, bitorder="little") - 1
    hidden = np.maximum(z[:, :HEAD] @ t["decoder/hidden0/weight"].T + t["decoder/hidden0/bias"], 0)
    points = hidden @ t["decoder/out/weight"].T + t["decoder/out/bias"]
    coefficients = z[:, HEAD:] @ t["decoder/levels/weight"].T + t["decoder/levels/bias"]
    expected = (points + coefficients @ t["decoder/basis/weight"].T + t["decoder/basis/bias"]).reshape(
        9, -1, 3
    )
    np.testing.assert_allclose(load(parts).decode(codes), expected, atol=1e-5)
    decoder = LinearisedDecoder(load(parts))
    for code, points in zip(codes, expected, strict=True):
        np.testing.assert_allclose(decoder.points(decoder.features(signs_of(code))), points, atol=1e-5)
    pytest.importorskip("torch")
    np.testing.assert_allclose(load(parts, device="torch").decode(codes), expected, atol=1e-5)


@pytest.mark.parametrize("bits", [8, HEAD])
def test_features_of_flips(bits: int, residual: Model) -> None:
    """Those of a head with one bit flipped, computed from the head, are those computed anew."""
    decoder = LinearisedDecoder(residual)
    signs = signs_of(random_codes(1, bits)[0])
    some = np.array([3, 0, bits - 1])
    for bit, hidden in zip(some, decoder.hidden_of_flips(signs, some), strict=True):
        other = signs.copy()
        other[bit] *= -1
        np.testing.assert_allclose(hidden, decoder.features(other)[: decoder.width], atol=1e-5)


def test_slopes_of_a_head(residual: Model) -> None:
    """Those of a function of the features, by the signs, are its differences."""
    decoder, rng = LinearisedDecoder(residual), np.random.default_rng(0)
    signs = rng.normal(size=(2, HEAD)).astype(np.float32)
    slopes = rng.normal(size=(2, decoder.width)).astype(np.float32)

    def value(at: Any) -> Any:
        return (decoder.features(at)[:, : decoder.width] * slopes).sum(axis=1)

    found = decoder.slopes_of_head(signs, slopes)
    for bit in range(HEAD):
        step = np.zeros(HEAD, np.float32)
        step[bit] = 1e-3
        np.testing.assert_allclose(
            found[:, bit], (value(signs + step) - value(signs - step)) / 2e-3, atol=2e-2
        )


def test_every_second_point(residual: Model) -> None:
    whole = LinearisedDecoder(residual)
    rough = whole.of_every(2)
    features = whole.features(signs_of(random_codes(1)[0]))
    np.testing.assert_allclose(rough.points(features), whole.points(features)[::2], atol=1e-6)


def test_encoding_at_every_length(residual: Model, cloud: Any) -> None:
    clouds = np.stack([normalise(cloud(seed=seed))[0] for seed in range(4)])
    heads = residual.encode(clouds)
    assert heads.shape == (4, HEAD // 8)
    for bits in LENGTHS:
        codes = encode(residual, clouds, bits=bits)
        assert (codes.shape, codes.dtype) == ((4, bits // 8), np.uint8)
        np.testing.assert_array_equal(codes[:, : HEAD // 8], heads[:, : bits // 8])
        for points, code, head in zip(clouds, codes, heads, strict=True):
            if bits > HEAD:
                np.testing.assert_array_equal(code, project(residual, points, head, bits))
            searched = encode(residual, points[None], bits=bits, effort=3)[0]
            assert chamfer(residual, points, searched) <= chamfer(residual, points, code) + 1e-7


def mixed(parts: Parts) -> Parts:
    """The same with a basis whose rows are neither of one length nor at right angles."""
    model, info, tensors = parts
    mix = np.eye(COMPONENTS) + np.random.default_rng(5).normal(0, 0.3, (COMPONENTS, COMPONENTS))
    basis = tensors["decoder/basis/weight"] @ mix
    return model, info, {**tensors, "decoder/basis/weight": basis.astype(np.float32)}


@pytest.mark.parametrize("change", [lambda parts: parts, mixed], ids=["orthonormal", "mixed"])
@pytest.mark.parametrize("bits", [24, 32, 48])
def test_a_decoded_cloud_comes_back(bits: int, change: Callable[[Parts], Parts], parts: Parts) -> None:
    """Behind the head that it has, whatever the order of its points."""
    model = load(change(parts))
    rng = np.random.default_rng(0)
    for code in random_codes(10, bits):
        points = rng.permutation(model.decode(code[None])[0])
        found = project(model, points, code[: HEAD // 8], bits)
        np.testing.assert_array_equal(found, code)
        assert chamfer(model, points, found) < 1e-9


def displaced(model: Model, parts: Parts, seed: int) -> tuple[Any, Any, Any]:
    """The head of a code, coefficients inside what the levels reach, and the cloud that they make."""
    rng = np.random.default_rng(seed)
    head = random_codes(1, HEAD, seed)[0]
    wanted = rng.uniform(0.004, 0.037, COMPONENTS) * rng.choice([-1, 1], COMPONENTS)
    moved = (parts[2]["decoder/basis/weight"] @ wanted).reshape(-1, 3)
    return head, wanted, (model.decode(head[None])[0] + moved).astype(np.float32)


@pytest.mark.parametrize("seed", range(8))
def test_only_quantisation_is_lost(seed: int, parts: Parts) -> None:
    """Each coefficient is met to within its last level, so with every bit more the rest is halved."""
    model = load(parts)
    head, _, points = displaced(model, parts, seed)
    alone = chamfer(model, points, head)
    found = [chamfer(model, points, project(model, points, head, bits)) for bits in (24, 32, 40, 48)]
    for depth, value in enumerate(found):
        last = 0.02 / 2**depth
        assert value <= 2 * COMPONENTS * last**2 / model.points * 1.01 + 1e-9
    assert found[-1] < 0.1 * alone


@pytest.mark.parametrize("seed", range(8))
def test_the_first_bit_is_the_sign(seed: int, parts: Parts) -> None:
    """And a code is a prefix of the longer ones."""
    model = load(parts)
    head, wanted, points = displaced(model, parts, seed)
    signs = signs_of(project(model, points, head, BITS))
    np.testing.assert_array_equal(signs[HEAD : HEAD + COMPONENTS], np.sign(wanted))
    for bits in (24, 32, 40):
        np.testing.assert_array_equal(signs_of(project(model, points, head, bits)), signs[:bits])


def test_a_basis_with_a_row_of_zeros(parts: Parts, cloud: Any) -> None:
    """Or two of one direction: nothing fails, and the others still fit."""
    basis = parts[2]["decoder/basis/weight"]
    basis[:, 0], basis[:, 1] = 0, basis[:, 2]
    model = load(parts)
    head, _, points = displaced(model, parts, 0)
    assert chamfer(model, points, project(model, points, head, BITS)) < 0.2 * chamfer(model, points, head)
    points = normalise(cloud())[0]
    assert np.isfinite(chamfer(model, points, encode(model, points[None], bits=BITS, effort=3)[0]))


def test_a_negative_level(parts: Parts) -> None:
    """Then a bit 1 takes from its coefficient."""
    parts[2]["decoder/levels/weight"][:, 3] *= -1
    model = load(parts)
    for code in random_codes(5):
        np.testing.assert_array_equal(
            project(model, model.decode(code[None])[0], code[: HEAD // 8], BITS), code
        )


@pytest.fixture
def flat(model_parts: Callable[..., Any]) -> Model:
    """All its codes decode to the same cloud, so that what the encoder says does not matter."""
    model, info, tensors = model_parts(bits=HEAD, blocks=0, dtype=np.float32)
    tensors["decoder/hidden0/weight"][:] = 0
    return load((model, info, tensors))


def test_fitting_finds_the_field_of_displacements(flat: Model) -> None:
    rng = np.random.default_rng(0)
    field = np.linalg.qr(rng.normal(size=(3 * flat.points, 3)))[0].T
    amounts = rng.normal(size=(60, 3)) * [0.05, 0.03, 0.02]
    base = flat.decode(np.zeros((1, HEAD // 8), np.uint8))[0]
    clouds = base + (amounts @ field).reshape(60, -1, 3)
    clouds = clouds[:, rng.permutation(flat.points)]
    found = fit_tail(flat, clouds.astype(np.float32), bits=9, components=10)
    assert found.basis.shape == (3, 3 * flat.points)  # there is nothing else to find
    np.testing.assert_allclose(np.linalg.norm(found.basis @ field.T, axis=0), 1, atol=1e-4)
    sizes = found.levels.max(axis=0)
    np.testing.assert_allclose(sizes, [0.05, 0.03, 0.02], rtol=0.3)


@pytest.mark.parametrize("components", [1, 6, 40])
@pytest.mark.parametrize("bits", [8, 40])
def test_a_basis_and_its_levels(components: int, bits: int, flat: Model, cloud: Any) -> None:
    clouds = np.stack([normalise(cloud(150, seed=seed))[0] for seed in range(30)])
    found = fit_tail(flat, clouds, bits=bits, components=components)
    count = min(components, 30)
    assert found.basis.shape == (count, 3 * flat.points)
    assert found.basis.dtype == found.levels.dtype == np.float32
    np.testing.assert_allclose(found.basis @ found.basis.T, np.eye(count), atol=1e-5)
    assert found.levels.shape == (bits, count)
    assert ((found.levels != 0).sum(axis=1) == 1).all()
    assert (found.levels >= 0).all()
    for column in found.levels.T:
        steps = column[column != 0]
        np.testing.assert_allclose(steps[1:], steps[:-1] / 2)
    firsts = [column[column != 0][0] for column in found.levels.T if column.any()]
    assert firsts[0] == found.levels.max()
    again = fit_tail(flat, clouds, bits=bits, components=components)
    np.testing.assert_array_equal(again.basis, found.basis)
    np.testing.assert_array_equal(again.levels, found.levels)


def test_displacements_that_are_all_alike(flat: Model) -> None:
    """The levels reach what every cloud needs, though none differs from the others."""
    field = np.random.default_rng(0).normal(size=(flat.points, 3)) / np.sqrt(3 * flat.points)
    clouds = np.stack([flat.decode(np.zeros((1, HEAD // 8), np.uint8))[0] + 0.05 * field] * 5)
    found = fit_tail(flat, clouds.astype(np.float32), bits=8, components=1)
    assert found.levels[0, 0] == pytest.approx(0.05 * np.linalg.norm(field), rel=1e-2)


# what a damaged or hostile file may say: branch 0 is take, linear, relu, linear, and branch 1 take, linear,
# linear

Change = Callable[[dict[str, Any], dict[str, Any]], None]


def put(key: str, value: Any) -> Change:
    def change(model: dict[str, Any], _: dict[str, Any]) -> None:
        model[key] = value

    return change


def drop(key: str) -> Change:
    def change(model: dict[str, Any], _: dict[str, Any]) -> None:
        del model[key]

    return change


def branches(edit: Callable[[Any], Any]) -> Change:
    """edit: changes the list of branches in place, or returns another one."""

    def change(model: dict[str, Any], _: dict[str, Any]) -> None:
        summed = model["decoder"][0]
        summed["branches"] = edit(summed["branches"]) or summed["branches"]

    return change


def basis_of(count: int, size: int = 192) -> Change:
    """A tail of so many components, its tensors with it."""

    def change(model: dict[str, Any], tensors: dict[str, Any]) -> None:
        tail = model["decoder"][0]["branches"][1]
        layers = Linear("decoder/levels", BITS - HEAD, count), Linear("decoder/basis", count, size)
        tail[1:] = documents(layers)
        for name, shape in tensor_shapes(layers):
            tensors[name] = np.zeros(shape, np.float16)

    return change


DAMAGED: dict[str, Change] = {
    **{
        f"head {v!r}": put("residual", {"head": v})
        for v in (0, -8, 4, 12, 20, 24, 48, 56, 16.0, "16", True, None, [16], 10**30)
    },
    **{f"residual {v!r}": put("residual", v) for v in (None, [], {}, 16, "16", [16])},
    "not nested": drop("nested"),
    "nested behind the head": put("nested", {"shortest": 24, "default": 24}),
    "not residual": drop("residual"),  # then the encoder gives too few bits
    "bits for 0 and 1": put("bit_values", [0.0, 1.0]),
    "branches in another order": branches(lambda b: b[::-1]),
    "no branches": branches(lambda b: b.clear()),
    "empty branches": branches(lambda b: [[], []]),
    "branches null": put("decoder", [{"op": "sum", "branches": None}, {"op": "points", "count": 64}]),
    "branches {}": branches(lambda b: {"a": 1, "b": 2}),
    "branches of text": branches(lambda b: ["take", "take"]),
    "branches of numbers": branches(lambda b: [1, 2]),
    "one branch": branches(lambda b: b[:1]),
    "three branches": branches(lambda b: [*b, b[1]]),
    "a network that takes nothing": branches(lambda b: b[0].pop(0)),
    "an empty network": branches(lambda b: [b[0][:1], b[1]]),
    "a network of nothing at all": branches(lambda b: [[], b[1]]),
    "a network of one layer": branches(lambda b: [[b[0][0], Linear("x", HEAD, 192).document()], b[1]]),
    "a tail that takes nothing": branches(lambda b: [b[0], b[1][1:]]),
    "a tail of one layer": branches(lambda b: [b[0], b[1][:2]]),
    "a tail with more": branches(lambda b: b[1].insert(2, {"op": "relu"})),
    "a tail twice": branches(lambda b: [b[0], b[0]]),
    "take from later": branches(lambda b: b[0][0].update(start=8)),
    "take less": branches(lambda b: b[0][0].update(stop=8)),
    "take what is not there": branches(lambda b: b[1][0].update(stop=56)),
    "take backwards": branches(lambda b: b[1][0].update(start=48, stop=16)),
    "take from below": branches(lambda b: b[1][0].update(start=-32)),
    "take fractions": branches(lambda b: b[1][0].update(start=16.0)),
    "take true": branches(lambda b: b[0][0].update(start=False)),
    "take without an end": branches(lambda b: b[1][0].pop("stop") and None),
    "a sum of other shapes": basis_of(COMPONENTS, 189),
    "a tail of no components": basis_of(0),
    "points in the branches": branches(lambda b: [[*one, {"op": "points", "count": 64}] for one in b]),
    "more behind the sum": lambda model, _: model["decoder"].insert(1, {"op": "relu"}),
    "nothing behind the sum": lambda model, _: model["decoder"].pop(),
    "no sum": lambda model, _: model["decoder"].pop(0),
}


def damaged(parts: Parts, change: Change) -> ModelFile:
    model, info, tensors = copy.deepcopy(parts)
    change(model, tensors)
    return load_model(dump_model(model, info, tensors))


@pytest.mark.parametrize("what", DAMAGED)
def test_damaged_descriptions(what: str, parts: Parts) -> None:
    file = damaged(parts, DAMAGED[what])
    with pytest.raises(WeightsCorrupt, match="freeze it again"):
        Model(file)


def test_the_undamaged_model_is_fine(parts: Parts) -> None:
    for change in (lambda model, tensors: None, basis_of(3), basis_of(1), put("bit_values", [-1, 1])):
        model = Model(damaged(parts, change))
        assert model.decode(random_codes(2)).shape == (2, 64, 3)


@pytest.mark.parametrize("branch", [0, 1])
def test_what_a_newer_pcbin_may_know(branch: int, parts: Parts) -> None:
    def change(model: dict[str, Any], _: dict[str, Any]) -> None:
        model["decoder"].insert(0, {"op": "sum", "branches": [[{"op": "relu"}], [{"op": "relu"}]]})
        model["decoder"][0]["branches"][branch].append({"op": "attention"})
        del model["residual"]
        model["encoder"][-1]["outputs"] = BITS

    with pytest.raises(UnsupportedVersion, match="unknown layer 'attention'; upgrade pcbin"):
        Model(damaged(parts, change))


def test_residual_images(image_parts: Callable[..., Any]) -> None:
    model, info, tensors = image_parts()
    with pytest.raises(WeightsCorrupt, match="residual in a model of 'pixels'"):
        Model.from_parts({**model, "residual": {"head": 8}}, info, tensors)


@pytest.mark.parametrize("depth", [9, 20, 500])
@pytest.mark.parametrize("kind", ["sum", "residual", "both"])
def test_too_deep(depth: int, kind: str, model_parts: Callable[..., Any]) -> None:
    model, info, tensors = model_parts()
    inner: dict[str, Any] = {"op": "relu"}
    for i in range(depth):
        summed = kind == "sum" or (kind == "both" and i % 2)
        inner = {"op": "sum", "branches": [[inner]]} if summed else {"op": "residual", "layers": [inner]}
    model = {**model, "decoder": [model["decoder"][0], inner, *model["decoder"][1:]]}
    with pytest.raises(WeightsCorrupt):
        check(ModelFile(model, info, tensors, "00" * 32))


def test_sums_anywhere(model_parts: Callable[..., Any]) -> None:
    """A model that is not residual may have them too: here a decoder whose halves are swapped and added."""
    model, info, tensors = model_parts(dtype=np.float32)
    plain = load((model, info, tensors))
    split = Sum(((Take(0, 16),), (Take(3, 9), Linear("x", 6, 16))))
    rng = np.random.default_rng(0)
    added = {"x/weight": rng.normal(size=(16, 6)).astype(np.float32), "x/bias": np.ones(16, np.float32)}
    other = load(({**model, "decoder": [split.document(), *model["decoder"]]}, info, {**tensors, **added}))
    codes = random_codes(5, 16)
    z = 2 * np.unpackbits(codes, axis=1, bitorder="little").astype(np.float32) - 1
    inside = z + z[:, 3:9] @ added["x/weight"].T + 1
    np.testing.assert_allclose(other.decode(codes), plain.run(plain.description.decoder, inside), atol=1e-5)

"""A recipe: one TOML file with everything a training run needs but the folder of the data."""

from __future__ import annotations

import dataclasses
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pcbin.errors import InputError, missing
from pcbin.formats.names import RULE, is_name
from pcbin.training.cells.recipe import CellsRecipe
from pcbin.training.cloud_augmentation import Augmentation
from pcbin.training.image_augmentation import Jitter

T = TypeVar("T")

MAY_BE_ZERO = {"bits", "entrance", "copies", "tuning", "blocks", "warmup", "decay_every", "patience", "seed"}
NOT_EMPTY = {"point_widths", "classes"}
FRACTIONS = {"validation", "average", "decay", "mirror", "splice", "until", "own"}  # at most 1


@dataclass(frozen=True)
class Source:
    """[[data]]: an .npz file, or a folder in a layout of pcbin.datasets, relative to --data."""

    path: str
    split: str | None = None  # "train", "val", "test" or another split of the set; None: all shapes
    validation: float = 0.0  # fraction of the shapes that is held out
    weight: float = 1.0  # share of a batch at the start ...
    final_weight: float | None = None  # ... and at the end
    classes: tuple[str, ...] | None = None  # labels, class folders, synset ids or names; None: all
    leave_out: tuple[str, ...] | None = None  # labels or patterns of labels that are not learnt from


@dataclass(frozen=True)
class EncoderRecipe:
    """[encoder]: PointNet widths before and after the maximum over the points. Images have only `widths`,
    with a layer norm after the last of them if `norm` is true."""

    point_widths: tuple[int, ...] = (64, 128, 256, 512)
    widths: tuple[int, ...] = (512,)
    norm: bool = False


@dataclass(frozen=True)
class DecoderRecipe:
    """[decoder]: a linear entrance to so many dimensions (0: none), MLP widths, residual blocks after them,
    and the output: a number of points, or the height and width of an image."""

    entrance: int = 0
    widths: tuple[int, ...] = (512, 512)
    blocks: int = 0
    points: int = 2048
    image: tuple[int, ...] = ()


@dataclass(frozen=True)
class LatentRecipe:
    """[latent]: kind and size; options are those of the class in pcbin.training.latents."""

    kind: str = "bernoulli"
    size: int = 128
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ResidualRecipe:
    """[residual]: the tail that `freeze` adds to the network's codes. A code has `bits` bits: the first
    `head` are the latent's, the others are coefficients of a basis of `components` displacement fields that
    is fitted to so many augmented `clouds`. It is written with `default` bits unless asked otherwise."""

    bits: int = 0  # 0: no tail, the latent is the code
    head: int = 64
    default: int = 128
    components: int = 256
    clouds: int = 3000
    tuning: int = 0  # steps of training decoder, basis and levels jointly; the encoder stays as it is
    rate: float = 5e-4


@dataclass(frozen=True)
class ObjectiveRecipe:
    """[objective]: reconstruction + kl_weight * max(KL, free_nats a dimension).

    The reconstruction term is Chamfer x 1e3 for clouds, the negative log-likelihood in nats for images: of
    Bernoulli pixels, or of Gaussian ones where `sigma` is not 0.
    """

    kl_weight: float = 0.0
    free_nats: float = 0.0
    sigma: float = 0.0


@dataclass(frozen=True)
class NeighbourhoodRecipe:
    """[neighbourhood]: clusters of the training set, found without labels in its graph of nearest neighbours;
    the latent's mixture is trained to agree with them. Needs a latent with clusters."""

    weight: float = 0.0  # of the cross entropy in the objective; 0: no guidance
    deskew: bool = False  # images: upright first
    dimensions: int = 64  # principal components in which neighbours are searched
    copies: int = 0  # augmented copies ([jitter], [augment]) of each; the nearest one counts
    neighbours: int = 8
    eigenvectors: tuple[int, ...] = (11, 20)  # the smallest and the largest number that is tried
    own: float = 0.0  # weight of the mixture's own responsibilities, later in the training


@dataclass(frozen=True)
class GenerationRecipe:
    """[generation]: codes whose every bit is a fair coin are trained to decode to shapes like those of the
    training set. Needs a latent with bits, of one length, and a decoder of clouds."""

    weight: float = 0.0  # of their distance from such shapes in the objective; 0: random codes are left alone
    pool: int = 256  # random codes in a step, and as many reconstructions that they are assigned to
    pairs: int = 32  # how many of them are trained in a step


@dataclass(frozen=True)
class Training:
    """[train]: the optimisation. AdamW, linear warm-up, then a cosine from `rate` to `final_rate`, or with
    `decay_every` a rate that is multiplied by `decay` every so many steps, down to `final_rate`. The
    result is the running mean of the weights."""

    steps: int = 10_000
    batch: int = 32
    rate: float = 1e-3
    final_rate: float = 1e-5
    warmup: int = 300
    decay_every: int = 0  # 0: the cosine
    decay: float = 0.9
    weight_decay: float = 1e-4
    average: float = 0.999  # decay of the running mean of the weights
    points: int = 2048  # points of a training cloud
    encoder_points: int = 2048  # how many of them the encoder sees
    validate_every: int = 500
    patience: int = 0  # validations without improvement before stopping; 0: never
    seed: int = 0


@dataclass(frozen=True)
class Recipe:
    """A whole recipe."""

    name: str
    description: str = ""
    license: str = ""
    data: tuple[Source, ...] = ()
    encoder: EncoderRecipe = EncoderRecipe()
    latent: LatentRecipe = field(default_factory=LatentRecipe)
    decoder: DecoderRecipe = DecoderRecipe()
    residual: ResidualRecipe = ResidualRecipe()
    cells: CellsRecipe = field(default_factory=CellsRecipe)
    objective: ObjectiveRecipe = ObjectiveRecipe()
    neighbourhood: NeighbourhoodRecipe = NeighbourhoodRecipe()
    generation: GenerationRecipe = GenerationRecipe()
    augment: Augmentation = field(default_factory=Augmentation)  # of clouds
    jitter: Jitter = field(default_factory=Jitter)  # of images
    train: Training = Training()

    def plain(self) -> dict[str, Any]:
        """As JSON gives it back: what checkpoints and model files hold."""
        plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return plain


def load(path: Path) -> Recipe:
    """Reads a recipe. Raises InputError that names the file, the table and the key."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ImportError:
            raise missing("tomli", "reading a recipe on Python 3.10", "train") from None
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such recipe") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: not a readable TOML file ({error})") from None
    return parse(table, str(path))


def parse(table: dict[str, Any], where: str) -> Recipe:
    """A recipe from its plain data; `where` names it in messages."""
    table = dict(table)
    parts: dict[str, Any] = {}
    for name, kind in (
        ("encoder", EncoderRecipe),
        ("latent", LatentRecipe),
        ("decoder", DecoderRecipe),
        ("residual", ResidualRecipe),
        ("cells", CellsRecipe),
        ("objective", ObjectiveRecipe),
        ("neighbourhood", NeighbourhoodRecipe),
        ("generation", GenerationRecipe),
        ("augment", Augmentation),
        ("jitter", Jitter),
        ("train", Training),
    ):
        if name in table:
            parts[name] = _build(kind, table.pop(name), f"{where}: [{name}]")
    sources = table.pop("data", [])
    if not isinstance(sources, list):
        raise InputError(f"{where}: data must be a list of tables; write [[data]]")
    parts["data"] = tuple(_build(Source, source, f"{where}: [[data]]") for source in sources)
    recipe = _build(Recipe, {**table, **parts}, where)
    if not is_name(recipe.name):  # it becomes that of a folder and of a file
        raise InputError(f"{where}: name = {recipe.name!r} cannot name a model; {RULE}")
    return recipe


def _is(key: str, value: Any, declared: str) -> bool:
    """Whether a value is of a field's declared type, and in its range."""
    if declared.startswith(("tuple[int", "tuple[str")):
        good = isinstance(value, list) and _are_items(value, declared)
        return good and (len(value) > 0 or key not in NOT_EMPTY)
    if declared.startswith("float"):
        return type(value) in (int, float) and 0 <= value <= (1 if key in FRACTIONS else sys.float_info.max)
    if declared == "int":
        return type(value) is int and value >= (0 if key in MAY_BE_ZERO else 1)
    for kind in (bool, str, dict):
        if declared.startswith(kind.__name__):
            return isinstance(value, kind)
    return True


def _are_items(values: list[Any], declared: str) -> bool:
    """Positive integers, or names without repeats."""
    if declared.startswith("tuple[int"):
        return all(type(v) is int and v > 0 for v in values)
    return all(type(v) is str and v for v in values) and len(set(values)) == len(values)


def without_none(table: Any) -> Any:
    """A recipe's plain data as TOML would have it: without values that are None."""
    if isinstance(table, dict):
        return {key: without_none(value) for key, value in table.items() if value is not None}
    return [without_none(value) for value in table] if isinstance(table, list) else table


def _build(kind: type[T], table: Any, where: str) -> T:
    """Fills a dataclass of plain values, checking names and types."""
    if not isinstance(table, dict):
        raise InputError(f"{where}: must be a table")
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = set(table) - set(fields)
    if unknown:
        raise InputError(f"{where}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(fields)}")
    values = {}
    for key, value in table.items():
        declared = str(fields[key].type)
        if not _is(key, value, declared):
            raise InputError(f"{where}: {key} = {value!r} is not a valid {declared}")
        values[key] = tuple(value) if isinstance(value, list) else value
        if declared.startswith("float"):
            values[key] = float(value)
    try:
        return kind(**values)
    except TypeError as error:
        raise InputError(f"{where}: {error}") from None

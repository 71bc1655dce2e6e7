"""The two sides of a study of codes: a vendor who has a frozen model, and a consumer who has two files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import pcbin
from pcbin.arrays import Codes, Float32, grey_values
from pcbin.cluster import Mixture
from pcbin.codec import Codec
from pcbin.formats import pcb
from pcbin.formats.atomic import write_atomic
from pcbin.formats.model_file import load_model
from pcbin.metrics import matched
from pcbin.models.model import Model
from pcbin.reproduce import runs
from pcbin.reproduce.clustering.trials import Study, Trial
from pcbin.training.freeze import freeze
from pcbin.training.train import CHECKPOINT

ARCHIVE, CODED, MIXTURE = "test.pcb", "test-coded.pcb", "mixture.pcbm"
"""The test images' codes, the same entropy coded, and the mixture: in a run's folder."""
Clusters = npt.NDArray[np.integer[Any]]


def frozen(run: Path, data: Path) -> Model:
    """The model of a run's folder, as `pcbin freeze` makes it; it is kept beside its checkpoint."""
    path = run / "model.safetensors"
    if not path.exists():
        write_atomic(path, freeze(run / CHECKPOINT, data), overwrite=True)
    return Model(load_model(path.read_bytes(), where=str(path)))


def restored(codec: Codec, codes: Codes) -> Any:
    """(S, K / 8) codes -> (S, height, width) grey values from 0 to 1, through bytes."""
    pixels: Any = np.stack(list(codec.restore(codes)))
    return pixels / 255


def reconstructed(study: Study, trial: Trial, pixels: npt.NDArray[np.uint8]) -> Float32:
    """(S, height, width) images of bytes as a trained system reconstructs them, from 0 to 1."""
    if study.recipes[trial.system].latent.kind == "gaussian-mixture":
        system = runs.load(trial.run)
        return system.decode(system.latent.mean(system.params(grey_values(pixels))))
    codec = Codec(frozen(trial.run, study.data), effort=study.effort)
    found: Float32 = restored(codec, codec.codes(pixels)[0])
    return found


def entropy_coded(vendor: Codec, codes: Codes, pixels: int, path: Path) -> dict[str, float]:
    """The cost of images of so many pixels, entropy coded, in bits per pixel: of their codes alone, and of a
    file of them.

    The file is written at `path` and read back; the codes must be the same.
    """
    table = vendor.entropy_table()
    with pcb.create_archive(
        path, overwrite=True, model_id=vendor.model.id, code_bits=vendor.bits, table=table
    ) as writer:
        writer.add_many(codes)
    with pcbin.open(path, model=vendor.model) as reader:
        if not np.array_equal(reader.codes(), codes):
            raise RuntimeError(f"{path}: entropy coding lost a code")  # never: it is exact
    return {
        "bpp_coded": rate(vendor, codes) / pixels,
        "bpp_file_coded": 8 * path.stat().st_size / (pixels * len(codes)),
    }


def rate(codec: Codec, codes: Codes) -> float:
    """Mean bits of a code under the model's entropy table."""
    return float(codec.entropy_table().cost(codes).mean())


def consume(run: Path) -> Clusters:
    """(S,): the clusters of a run's test images, from nothing but the file of codes and the mixture."""
    mixture = Mixture.load(run / MIXTURE)
    with pcbin.open(run / ARCHIVE) as reader:
        mixture.check(reader.model_id, reader.bits)
        return mixture.labels(reader.codes())


class Consumer(NamedTuple):
    """What a consumer has, and what is made of it."""

    run: str
    codes_bytes: int
    mixture_bytes: int
    confusion: npt.NDArray[np.float64]
    """(labels, clusters): how many images have both."""

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.confusion) / self.confusion.sum())


def consumer(study: Study, trial: Trial) -> Consumer:
    """The consumer's side of a trial that is measured."""
    codes, mixture = (trial.run / name for name in (ARCHIVE, MIXTURE))
    confusion = matched(study.test.labels, consume(trial.run))
    return Consumer(trial.name, codes.stat().st_size, mixture.stat().st_size, confusion)

"""Grey images: (height, width) values, uint8 or 0 to 1, of the one size that a model codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pcbin.arrays import Codes, Float32, Grey, Pose, Spacing, as_image
from pcbin.errors import InputError
from pcbin.metrics import image_psnr
from pcbin.modalities.base import Modality, Prepared, Rate
from pcbin.modalities.evaluations import PIXEL_BITS, ImageEvaluation, Metrics
from pcbin.models.description import ModelDescription
from pcbin.models.model import Model

if TYPE_CHECKING:
    from pcbin.coding.encoding import Measured
    from pcbin.coding.options import Options
    from pcbin.modalities.image_files import ImageFiles
    from pcbin.modalities.image_report import ImageReport


class Images(Modality):
    noun = described = "image"
    raw = "the pixels as 8-bit grey values"
    has_points = False

    @cached_property
    def files(self) -> ImageFiles:
        from pcbin.modalities.image_files import ImageFiles

        return ImageFiles()

    def report_of(self, metrics: Metrics) -> ImageReport:
        from pcbin.modalities.image_report import ImageReport

        _check(metrics)
        return ImageReport()

    def coded_by(self, model: Model) -> str:
        return f"images of {self.size_of(model.description)}"

    def size_of(self, model: ModelDescription) -> str:
        assert model.image is not None  # or another modality had been chosen
        return "{} x {} pixels".format(*model.image)

    def sizes_of(self, model: ModelDescription) -> tuple[str, str]:
        return "images", f"grey, {self.size_of(model)}"

    def check(self, model: Model, options: Options) -> None:
        if options.max_chamfer is not None:
            raise InputError(
                f"max_chamfer is a distance of clouds, and model {model.name} codes images; pass bits"
            )
        if options.pack:
            raise InputError(f"pack is for codes of clouds, and model {model.name} codes images; omit it")
        if options.up != "y":
            raise InputError(f"model {model.name} codes images, which have no axis that is up; omit up")
        if options.orient == "auto":
            raise InputError(f"model {model.name} codes images, which are never turned; omit orient")
        if options.complete:
            raise InputError(f"model {model.name} codes images, which are never completed; omit complete")

    def prepare(self, model: Model, item: Any, options: Options) -> Prepared:
        return Prepared(as_image(item, model.image), None)

    def encode(self, model: Model, arrays: Sequence[Float32], options: Options) -> list[Measured]:
        from pcbin.coding.encoding import Measured, encode_images

        pixels = np.stack(list(arrays))
        codes = encode_images(model, pixels, bits=options.length(model), effort=options.level)
        return [Measured(code, None) for code in codes]

    def check_points(self, model: Model, n_points: int | None, spacing: Spacing | None) -> None:
        for name, value in (("n_points", n_points), ("spacing", spacing)):
            if value is not None:
                raise InputError(f"model {model.name} codes images, which have no points; omit {name}")

    def restore(
        self,
        model: Model,
        codes: Codes,
        poses: Sequence[Pose | None],
        options: Options,
        *,
        n_points: int | None,
        spacing: Spacing | None,
    ) -> Iterator[Grey]:
        yield from np.rint(255 * model.decode(codes)).astype(np.uint8)

    def restored_size(self, model: Model, n_points: int | None) -> str:
        return self.size_of(model.description)

    def restored_facts(self, decoded: Any, pose: Pose | None) -> dict[str, Any]:
        return {"height": decoded.shape[0], "width": decoded.shape[1]}

    def remark(self, pose: Pose | None) -> str:
        return ""

    def evaluate(
        self,
        original: Any,
        decoded: Any,
        rate: Rate | None = None,
        *,
        placed: bool = True,
        metrics: Metrics = None,
        normals: Any = None,
    ) -> ImageEvaluation:
        _check(metrics)
        pixels, back = as_image(original, what="original"), as_image(decoded, what="decoded")
        height, width = pixels.shape
        if back.shape != pixels.shape:
            raise InputError(
                f"decoded: {back.shape[0]} x {back.shape[1]} pixels, the original has {height} x {width}; "
                "compare images of one size"
            )
        mse = float(np.mean((pixels.astype(np.float64) - back) ** 2))
        psnr = float(image_psnr(pixels[None], back[None])[0])
        if rate is None:
            return ImageEvaluation(height, width, mse, psnr)
        number, raw = height * width, PIXEL_BITS * height * width
        return ImageEvaluation(
            height, width, mse, psnr, *rate, rate.payload_bits / number, rate.per(number), rate.ratio(raw),
            raw / rate.payload_bits,
        )  # fmt: skip

    def unlike_training(self, model: Model, bits: int, chamfer: float) -> str | None:
        return None  # no range of errors is measured when a model of images is frozen


def _check(metrics: Metrics) -> None:
    """Raises InputError for a choice of metrics: images have no others."""
    if metrics is not None:
        raise InputError("metrics: those of clouds; images have mse and PSNR, so omit it")


IMAGES = Images()

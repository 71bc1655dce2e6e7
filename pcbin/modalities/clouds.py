"""Point clouds: (N, 3) arrays in any units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pcbin._words import count, e3
from pcbin.arrays import (
    Codes,
    Float32,
    Float64,
    Mask,
    Pose,
    Spacing,
    as_points,
    has_surface,
    normalise,
    thin,
    turned,
)
from pcbin.errors import InputError
from pcbin.modalities.base import Modality, Prepared, Rate
from pcbin.models.description import ModelDescription
from pcbin.models.model import Model

if TYPE_CHECKING:
    from pcbin.coding.encoding import Measured
    from pcbin.coding.options import Options
    from pcbin.coding.pose import Usual
    from pcbin.modalities.cloud_files import CloudFiles
    from pcbin.modalities.cloud_report import CloudReport
    from pcbin.modalities.evaluations import Evaluation, Metrics


class Clouds(Modality):
    noun = "cloud"
    described = "point cloud"
    raw = "the points as 32-bit floats"
    has_points = True

    @cached_property
    def files(self) -> CloudFiles:
        from pcbin.modalities.cloud_files import CloudFiles

        return CloudFiles()

    def report_of(self, metrics: Metrics) -> CloudReport:
        from pcbin.modalities.cloud_report import CloudReport

        return CloudReport(metrics)

    def coded_by(self, model: Model) -> str:
        return "point clouds"

    def size_of(self, model: ModelDescription) -> str:
        return str(model.points)

    def sizes_of(self, model: ModelDescription) -> tuple[str, str]:
        return "points", f"up to {model.encoder_points} go in, {model.points} come out"

    def check(self, model: Model, options: Options) -> None:
        """Every option is one of clouds, but cells complete nothing."""
        if options.complete and model.cells is not None:
            raise InputError(
                f"complete: codes of model {model.name} hold what is there; use a global model, or auto"
            )
        if options.pack and model.cells is None and model.entropy_table is None:
            raise InputError(
                f"pack: model {model.name} carries no table for entropy coding; freeze the model again with "
                "the data that it was trained on, or omit pack"
            )

    def prepare(self, model: Model, item: Any, options: Options) -> Prepared:
        points = points_of(item, samples=model.encoder_points, seed=options.seed)
        left_out = outliers_of(item, points, options)
        if left_out is not None:
            points = points[~left_out]
        cloud, pose = normalise(turned(points, options.up))
        few = thin(cloud, model.encoder_points, method=options.sampling, seed=options.seed)
        return Prepared(few, pose, left_out)

    def encode(self, model: Model, arrays: Sequence[Float32], options: Options) -> list[Measured]:
        # imported here and below: decoding needs none of it, and starts sooner
        if model.cells is not None:
            from pcbin.modalities import cells

            return cells.encode(model, arrays, options)
        from pcbin.coding import pose
        from pcbin.coding.encoding import measured
        from pcbin.coding.prefix import shortest

        limit, effort, known = options.max_chamfer, options.level, usual(model)
        if options.complete:
            from pcbin.coding.complete import complete

            bits = options.length(model)
            return [complete(model, cloud, bits=bits, effort=effort) for cloud in arrays]
        turns = options.turns and (known is not None or options.orient is not None)
        if limit is not None:
            if turns:
                return [pose.encode_shortest(model, one, limit, known, effort=effort) for one in arrays]
            return [shortest(model, one, limit, effort=effort) for one in arrays]
        bits = options.length(model)
        found: dict[int, Measured] = {}
        sizes = np.array([len(cloud) for cloud in arrays])
        for size in np.unique(sizes):  # clouds of one size go through the network together
            rows = np.flatnonzero(sizes == size).tolist()
            some = np.stack([arrays[row] for row in rows])
            found |= zip(
                rows, measured(model, some, bits=bits, effort=effort, pack=options.pack), strict=True
            )
        stands = [found[row] for row in range(len(arrays))]
        if not turns:
            return stands
        return [
            pose.encode(model, cloud, one, known, bits=bits, effort=effort, pack=options.pack)
            for cloud, one in zip(arrays, stands, strict=True)
        ]

    def check_points(self, model: Model, n_points: int | None, spacing: Spacing | None) -> None:
        if n_points is not None or spacing is not None:
            from pcbin.resample import check

            check(n_points, spacing)

    def restore(
        self,
        model: Model,
        codes: Codes,
        poses: Sequence[Pose | None],
        options: Options,
        *,
        n_points: int | None,
        spacing: Spacing | None,
    ) -> Iterator[Float32 | Float64]:
        decoded: Iterable[Float32]
        if model.cells is not None:
            from pcbin.modalities import cells

            decoded = cells.decode(model.cells, codes, model.points if n_points is None else n_points)
        else:
            decoded = model.decode(codes)
        for cloud, pose in zip(decoded, poses, strict=True):
            points = cloud
            # cells have placed as many points as they were asked for, by their own weights
            done = model.cells is not None and spacing != "even" and n_points in (None, len(cloud))
            if not done and (n_points is not None or spacing is not None):
                from pcbin.resample import resample

                points = resample(cloud, n_points, spacing)
            yield turned(pose.apply(points) if pose else points, options.up, back=True)

    def restored_size(self, model: Model, n_points: int | None) -> str:
        return count(model.points if n_points is None else n_points, "point")

    def restored_facts(self, decoded: Any, pose: Pose | None) -> dict[str, Any]:
        return {"points": len(decoded), "placed": pose is not None}

    def remark(self, pose: Pose | None) -> str:
        return "" if pose is not None else "; around the origin, one unit across, because no pose is stored"

    def evaluate(
        self,
        original: Any,
        decoded: Any,
        rate: Rate | None = None,
        *,
        placed: bool = True,
        metrics: Metrics = None,
        normals: Any = None,
    ) -> Evaluation:
        from pcbin.metrics import Comparison
        from pcbin.modalities.evaluations import POINT_BITS, Evaluation, metrics_of

        names = metrics_of(metrics)
        points, drawn = _with_normals(original, what="original")
        both = Comparison(points if placed else normalise(points)[0], points_of(decoded, what="decoded"))
        number, raw = len(points), POINT_BITS * len(points)
        found: dict[str, Any] = both.distortion()._asdict()
        if rate is not None:
            found |= rate._asdict()
            found |= {"bits_per_point": rate.per(number), "ratio": rate.ratio(raw)}
            found["payload_ratio"] = raw / rate.payload_bits
        if "f-score" in names:
            found |= both.f_score()._asdict()
        directions = drawn if normals is None else normals
        if "d2-psnr" in names and directions is not None:
            found["d2_psnr"] = both.d2_psnr(directions)
        if "hausdorff" in names:
            found["hausdorff"], found["hausdorff_95"] = both.hausdorff()
        if "dcd" in names:
            found["dcd"] = both.density_aware_chamfer()
        if "emd" in names:
            found["emd"] = both.emd()
        return Evaluation(number, **found)

    def unlike_training(self, model: Model, bits: int, chamfer: float) -> str | None:
        if bits < model.default_bits:  # the range is that of the default length
            return None
        limit = usual_limit(model.info)
        if limit is None or 1e3 * chamfer <= limit:
            return None
        return (
            f"unlike the shapes that model {model.name} was trained on (Chamfer distance "
            f"{e3(chamfer)}; 99 of 100 of theirs are below {e3(limit / 1e3)}); "
            "decode it and look before you rely on it"
        )


def points_of(item: Any, *, samples: int | None = None, seed: int = 0, what: str = "points") -> Float64:
    """The (N, 3) points of a cloud, or so many samples of a surface, drawn by area with `seed`."""
    return _with_normals(item, samples=samples, seed=seed, what=what)[0]


def _with_normals(
    item: Any, *, samples: int | None = None, seed: int = 0, what: str
) -> tuple[Float64, Float64 | None]:
    """The points, and (N, 3) normals where they were drawn from a surface."""
    if not has_surface(item):
        return as_points(item, what=what), None
    from pcbin.formats.clouds import SAMPLES, cloud_of

    cloud = cloud_of(item, samples=SAMPLES if samples is None else samples, seed=seed, what=what)
    return cloud.points, cloud.normals


def outliers_of(item: Any, points: Float64, options: Options) -> Mask | None:
    """Which of the (N, 3) points of a cloud are left out, (N,); None for none. Surfaces have no outliers."""
    if options.outliers == "keep" or has_surface(item):
        return None
    from pcbin.coding.outliers import outliers

    return outliers(points, seed=options.seed)


def usual_limit(info: dict[str, Any]) -> float | None:
    """The Chamfer x 1e3 that 99 of 100 clouds of a model's own kind stay below.

    The largest 99th percentile of the sets, seen in training and held out, that were measured when the model
    was frozen; None where its information has none.
    """
    return _largest(info, "p99")


def usual(model: Model) -> Usual | None:
    """What clouds of a model's own kind reach; None where its information does not say it."""
    from pcbin.coding.pose import Usual

    median, limit = _largest(model.info, "p50"), usual_limit(model.info)
    return None if median is None or limit is None else Usual(median / 1e3, limit / 1e3)


def _largest(info: dict[str, Any], quantile: str) -> float | None:
    try:
        return max(float(r[quantile]) for group in info["chamfer_e3"].values() for r in group.values())
    except (KeyError, TypeError, ValueError, AttributeError):  # the information binds nobody to a form
        return None


CLOUDS = Clouds()

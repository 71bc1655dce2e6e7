"""Trials are trained and measured once; then their metrics are read from their files."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
import warnings
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

import pcbin
from pcbin.arrays import grey_values
from pcbin.cluster import Mixture
from pcbin.codec import Codec
from pcbin.formats.atomic import write_atomic
from pcbin.metrics import accuracy, ari, image_psnr, nmi
from pcbin.models.bernoulli_mixture import evenness
from pcbin.reproduce import runs
from pcbin.reproduce.clustering.consumer import (
    ARCHIVE,
    CODED,
    MIXTURE,
    Clusters,
    consume,
    entropy_coded,
    frozen,
    rate,
    restored,
)
from pcbin.reproduce.clustering.trials import Study, Trial
from pcbin.training import checkpoint
from pcbin.training.latents.mixture import MixtureLatent
from pcbin.training.neighbourhood.pseudo_labels import NAME as PSEUDO_LABELS
from pcbin.training.train import train

CLUSTERS = 10
FLOAT_BITS = 32

Metrics = dict[str, Any]
Measured = dict[tuple[str, int], list[Metrics]]
"""System and size -> the metrics of each seed."""


def measure_all(study: Study, trials: Sequence[Sequence[Trial]]) -> Measured:
    """Every trial, seed by seed, so that a study that is stopped has some of everything.

    trials: all seeds of each system and size.
    """
    found: Measured = {(group[0].system, group[0].size): [] for group in trials}
    order = [trial for seed in zip_longest(*trials) for trial in seed if trial is not None]
    for number, trial in enumerate(order):
        known = trial.result.exists()
        found[trial.system, trial.size].append(measure(study, trial))
        rest = order[number + 1 :]
        spent = {key: np.mean([one["minutes"] for one in group]) for key, group in found.items() if group}
        left = sum(spent.get((t.system, t.size), 0.0) for t in rest if not t.result.exists())
        if left and not known and all((t.system, t.size) in spent for t in rest):
            study.report(f"  {number + 1} of {len(order)}, ETA {left:.0f} min")
    return found


def measure(study: Study, trial: Trial) -> Metrics:
    """A trial's metrics, from its file or anew."""
    if trial.result.exists():
        found: Metrics = json.loads(trial.result.read_text(encoding="utf-8"))
        return found
    study.report(f"{trial.name}")
    began = time.monotonic()
    fit = _classical if trial.system in ("K-means", "GMM") else _network
    metrics = {"seed": trial.seed, **fit(study, trial)}
    metrics.setdefault("minutes", _minutes(time.monotonic() - began))
    trial.result.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(trial.result, json.dumps(metrics).encode(), overwrite=True)
    study.report(f"  ACC {100 * metrics['acc']:.1f} %  {metrics['minutes']} min")
    return metrics


def _classical(study: Study, trial: Trial) -> Metrics:
    """K-means or a Gaussian mixture on raw pixels, as the poster has them."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    train, test = (grey_values(one.pixels).reshape(len(one), -1) for one in (study.train, study.test))
    if trial.system == "K-means":
        means = KMeans(CLUSTERS, n_init=1, random_state=trial.seed).fit(train)
        return {**scores(study.test.labels, means.predict(test)), "fit": -float(means.inertia_)}
    # what is added to the variances keeps components off the pixels that are always black
    mixture = GaussianMixture(
        CLUSTERS, covariance_type="diag", reg_covar=1e-3, init_params="k-means++", random_state=trial.seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 100 iterations are what is compared
        mixture.fit(train)
    return {**scores(study.test.labels, mixture.predict(test)), "fit": float(mixture.lower_bound_)}


def _network(study: Study, trial: Trial) -> Metrics:
    plan = study.recipes[trial.system]
    plan = dataclasses.replace(
        plan,
        name=trial.name,
        latent=dataclasses.replace(plan.latent, size=trial.size),
        train=dataclasses.replace(plan.train, seed=trial.seed),
    )
    _share_pseudo_labels(trial)
    path = train(
        plan, study.data, trial.run, device=study.device, report=lambda line: study.report("  " + line)
    )
    began = time.monotonic()
    kind = plan.latent.kind
    metrics = _floats(study, trial) if kind == "gaussian-mixture" else _bits(study, trial)
    trained = checkpoint.read(path).state.seconds  # also what earlier calls have spent
    return {**metrics, "steps": plan.train.steps, "minutes": _minutes(trained + time.monotonic() - began)}


def _share_pseudo_labels(trial: Trial) -> None:
    """They depend on the seed alone: another run with that seed may have found them."""
    found = sorted(trial.run.parent.glob(f"{trial.system.lower()}-*-seed{trial.seed}/{PSEUDO_LABELS}"))
    if found and not trial.run.exists():
        trial.run.mkdir(parents=True)
        shutil.copy(found[0], trial.run)


def _floats(study: Study, trial: Trial) -> Metrics:
    system = runs.load(trial.run)
    assert isinstance(system.latent, MixtureLatent)
    test = grey_values(study.test.pixels)
    z = system.latent.mean(system.params(test))
    clusters = system.latent.log_responsibilities(z).argmax(dim=1).numpy()
    return {
        **scores(study.test.labels, clusters),
        **_psnr(test, system.decode(z)),
        "bpp": FLOAT_BITS * trial.size / test[0].size,
    }


def _bits(study: Study, trial: Trial) -> Metrics:
    """Through the frozen model and real files: vendor and consumer share nothing else.

    A latent without a mixture gets one that is fitted to its training codes.
    """
    vendor = Codec(frozen(trial.run, study.data), effort=study.effort)
    with pcbin.open(trial.run / ARCHIVE, "w", model=vendor.model, effort=study.effort) as writer:
        writer.extend(study.test.pixels)
    network = Codec(vendor.model, effort=0)
    trained = network.codes(study.train.pixels)[0]
    mixture = (
        Mixture.fit(trained, CLUSTERS, model_id=vendor.model.id, seed=trial.seed)
        if vendor.model.mixture is None
        else Mixture.of(vendor.model)
    )
    mixture.save(trial.run / MIXTURE, overwrite=True)
    with pcbin.open(trial.run / ARCHIVE) as reader:
        codes = reader.codes()
    pixels = study.test.pixels[0].size
    sizes = np.bincount(mixture.labels(trained))
    return {
        **scores(study.test.labels, consume(trial.run)),
        **_psnr(grey_values(study.test.pixels), restored(vendor, codes)),
        "bpp": trial.size / pixels,
        **entropy_coded(vendor, codes, pixels, trial.run / CODED),
        **(_without_search(study, network, mixture) if study.effort else {}),
        "evenness": evenness(sizes[sizes > 0] / sizes.sum()),
    }


def _without_search(study: Study, network: Codec, mixture: Mixture) -> Metrics:
    """The same metrics of the network's own codes."""
    codes = network.codes(study.test.pixels)[0]
    return {
        "acc_network": accuracy(study.test.labels, mixture.labels(codes)),
        "psnr_mse_network": _psnr(grey_values(study.test.pixels), restored(network, codes))["psnr_mse"],
        "bpp_coded_network": rate(network, codes) / study.test.pixels[0].size,
    }


def _minutes(seconds: float) -> float:
    return round(seconds / 60, 2)


def scores(labels: npt.NDArray[Any], clusters: Clusters) -> dict[str, float]:
    """How well clusters stand for labels, both (S,)."""
    return {
        "acc": accuracy(labels, clusters),
        "nmi": nmi(labels, clusters),
        "ari": ari(labels, clusters),
    }


def _psnr(original: npt.NDArray[Any], decoded: npt.NDArray[Any]) -> dict[str, float]:
    """In dB: a mean over the images, and of the mean squared error."""
    squared = float(np.square(original.astype(np.float64) - decoded).mean())
    return {"psnr": float(image_psnr(original, decoded).mean()), "psnr_mse": float(-10 * np.log10(squared))}

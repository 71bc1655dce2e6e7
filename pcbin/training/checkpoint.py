"""Checkpoints of a training run: safetensors, no pickle, replaced atomically."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as dump

from pcbin.errors import InputError
from pcbin.formats.atomic import write_atomic
from pcbin.training.network import Network


def save(
    path: Path,
    network: Network,
    averaged: dict[str, torch.Tensor],
    optimiser: torch.optim.AdamW,
    state: dict[str, Any],
) -> None:
    """Weights, their running mean, the optimiser's moments and the plain-data `state` of the run."""
    tensors = {}
    for name, parameter in network.named_parameters():
        tensors["weights/" + name] = parameter.detach()
        tensors["averaged/" + name] = averaged[name]
        moments = optimiser.state.get(parameter, {})
        for key in ("exp_avg", "exp_avg_sq", "step"):  # a mixture's steps begin behind its first fit
            if key in moments:
                tensors[f"{key}/{name}"] = moments[key]
    write_atomic(path, dump(tensors, metadata={"state": json.dumps(state)}), overwrite=True)


def read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """All tensors and the state. Raises InputError for anything that is not a checkpoint."""
    try:
        with safe_open(path, framework="pt") as file:
            state = json.loads(file.metadata()["state"])
            _ = state["recipe"], state["step"]
            return {name: file.get_tensor(name) for name in file.keys()}, state  # noqa: SIM118
    except FileNotFoundError:
        raise InputError(f"{path}: no such checkpoint") from None
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a checkpoint of pcbin ({error})") from None


def part(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """The tensors below `prefix/`, named without it."""
    return {
        name.split("/", 1)[1]: tensor for name, tensor in tensors.items() if name.startswith(prefix + "/")
    }


def restore(
    path: Path, network: Network, averaged: dict[str, torch.Tensor], optimiser: torch.optim.AdamW
) -> dict[str, Any]:
    """Puts a checkpoint back into a run; returns its state."""
    tensors, state = read(path)
    weights, means = part(tensors, "weights"), part(tensors, "averaged")
    first, second = part(tensors, "exp_avg"), part(tensors, "exp_avg_sq")
    steps = part(tensors, "step")  # early checkpoints have none: all parameters were trained from the start
    try:
        for name, parameter in network.named_parameters():
            parameter.data.copy_(weights[name])
            averaged[name].copy_(means[name])
            if name in first:
                optimiser.state[parameter] = {
                    "step": steps.get(name, torch.tensor(float(state["step"]))),
                    "exp_avg": first[name].to(parameter.device),
                    "exp_avg_sq": second[name].to(parameter.device),
                }
    except (KeyError, RuntimeError) as error:
        raise InputError(f"{path}: made by another recipe ({error}); train into another folder") from None
    return state

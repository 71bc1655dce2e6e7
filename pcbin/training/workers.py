"""Several processes that train one model: PyTorch's DistributedDataParallel under `torchrun`."""

from __future__ import annotations

import os
import traceback
from importlib import import_module
from types import TracebackType
from typing import Any

import torch
from torch import distributed, nn

from pcbin.errors import InputError


class Workers:
    """This process among those of a run: alone, or one of those that `torchrun` started.

    A context manager: it leaves the group of processes at its end, also after an error. The module that
    `wrap` gives must be gone by then, so let the body of the `with` call a function that holds it.

    device: "cpu", "cuda" (under torchrun each process takes its own GPU) or "cuda:N".
    Raises InputError for a device that does not work here.
    """

    def __init__(self, device: str) -> None:
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0"))
        self._began = False
        if self.count > 1 and device == "cuda":
            device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        try:
            self.device = torch.zeros(1, device=device).device
        except (RuntimeError, AssertionError) as error:
            first = str(error).splitlines()[0]
            raise InputError(
                f"device {device!r}: {first}; use 'cpu', or 'cuda' on a machine with CUDA"
            ) from None
        if self.count > 1 and not distributed.is_initialized():
            # DDP imports this module, and defaults of its functions are the group of that moment: imported
            # here, while there is none, it does not hold ours until Python ends (see `close`).
            import_module("torch.distributed.nn.functional")
            distributed.init_process_group("nccl" if self.device.type == "cuda" else "gloo")
            self._began = True

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._began and error is not None:
            traceback.clear_frames(error.__traceback__)  # their variables hold the group
            error = error.__context__
        self.close()

    @property
    def first(self) -> bool:
        """Whether this process is the one that validates, logs and saves."""
        return self.rank == 0

    def share(self, batch: int) -> int:
        """How much of a batch is this process's.

        Raises InputError in the first process where it does not divide; the others end, as it speaks for all.
        """
        if batch % self.count:
            if not self.first:
                raise SystemExit(1)
            raise InputError(
                f"a batch of {batch} does not divide among {self.count} processes; change `batch`"
            )
        return batch // self.count

    def wrap(self, module: nn.Module) -> nn.Module:
        """A module whose gradients become the mean over all processes."""
        if self.count == 1:
            return module
        ids = None if self.device.index is None else [self.device.index]
        # a latent's mixture takes no part before its first fit
        return nn.parallel.DistributedDataParallel(module, device_ids=ids, find_unused_parameters=True)

    def agree(self, value: Any) -> Any:
        """The first process's value, in all of them; the others wait for it."""
        if self.count == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box, device=self.device if self.device.type == "cuda" else None)
        return box[0]

    def close(self) -> None:
        """Leaves the group, and ends its threads.

        A thread of gloo's drops the tensors of a collective some time after the process that waited for it
        goes on, and needs the GIL for that. If Python has begun to shut down by then, it ends the thread, in
        a destructor, and that aborts the process. So the threads must be joined before, and only the
        destructor of the backend does so: nothing else may hold the group when it is destroyed.
        See https://github.com/pytorch/pytorch/issues/190489.
        """
        group = distributed.group.WORLD if self._began else None
        if group is not None:
            self._began = False
            # Whoever drops the last reference waits for the threads, and they may wait for the GIL. Python's
            # reference to the backend lets go of the GIL for that; DDP does not, nor the group in torch 2.4.
            backend = group._get_backend(self.device)
            del group
            distributed.destroy_process_group()
            del backend

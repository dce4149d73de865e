"""Several processes for one command: whom a launcher started, and --devices, which starts them."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Annotated, Protocol, TypeAlias, runtime_checkable

from nasreid.configuration import How
from nasreid.errors import NasreidError
from nasreid.training.launch import launched, single

if TYPE_CHECKING:
    from nasreid.ranks import Ranks
    from nasreid.training.engine import Engine


Devices: TypeAlias = Annotated[int, "processes that share the run on this machine, each with its device and its part "
                                    "of every batch; or start them with torchrun or srun", How]


@runtime_checkable
class Shared(Protocol):
    """A command that several processes can share."""

    devices: int

    def __call__(self) -> object: ...


def run(command: Callable[[], object], name: str, argv: Sequence[str]) -> int:
    """Call a command as one of a launcher's processes, or as several, or as it is; its exit status. argv: all of it."""
    launch = launched(os.environ)
    if isinstance(command, Shared) and (launch is not None or command.devices != 1):
        if launch is None:
            return _launch(command.devices, argv)
        if command.devices not in (1, launch.size):
            raise NasreidError(f"devices is {command.devices}, but {launch.size} processes were launched; expected the "
                               "same number, or none")
    elif launch is not None:
        if launch.rank:
            return 0
        print(f"nasreid {name} runs in one process: the first of {launch.size} does it, the others have ended",
              file=sys.stderr)
        alone = single(os.environ)  # as what it starts is alone, too
        os.environ.clear()
        os.environ.update(alone)
    status = command()
    return status if isinstance(status, int) else 0


@contextmanager
def shared(engine: Engine) -> Iterator[Ranks]:
    """Inside, the processes that share this command are connected; all but the first one say nothing."""
    from nasreid.training.world import world

    launch = launched(os.environ)
    with world(launch, engine.torch_device()) as ranks, ExitStack() as stack:
        if not ranks.first:
            silence = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
            stack.enter_context(redirect_stdout(silence))
            stack.enter_context(redirect_stderr(silence))
        yield ranks


def _launch(devices: int, argv: Sequence[str]) -> int:
    """Start so many processes on this machine with torchrun's elastic launcher, and wait for them."""
    if devices < 1:
        raise NasreidError(f"devices is {devices}; expected at least 1")
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores // devices)))
    logging.getLogger("torch.distributed").setLevel(logging.CRITICAL)
    config = LaunchConfig(min_nodes=1, max_nodes=1, nproc_per_node=devices, run_id=str(os.getpid()),
                          rdzv_backend="c10d", rdzv_endpoint="localhost:0", max_restarts=0)
    try:
        elastic_launch(config, sys.executable)("-m", "nasreid", *argv)
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        if failure.exitcode < 0:  # else it has said why
            print(f"nasreid: process {rank} of {devices} was ended by "
                  f"{signal.Signals(-failure.exitcode).name}", file=sys.stderr)
        return failure.exitcode if failure.exitcode > 0 else 128 - failure.exitcode
    except SignalException as error:
        return 128 + int(error.sigval)
    return 0

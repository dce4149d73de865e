"""What a launcher says of the processes that it started: torchrun, or SLURM by its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nasreid.errors import NasreidError

TORCHRUN = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
# of a step that srun started; a job's batch script, which runs once, has none of them
SLURM = ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_STEP_NODELIST", "SLURM_JOB_ID")


@dataclass(frozen=True)
class Launch:
    """This process among `size`: its number, that on its machine, and where the first one listens."""

    rank: int
    size: int
    local: int
    address: str
    port: int


def launched(environment: Mapping[str, str]) -> Launch | None:
    """How this process was launched, None where it is alone."""
    if "WORLD_SIZE" in environment:
        values = _all(environment, TORCHRUN, "torchrun")
        rank, size, local, port = (_number(name, values[name]) for name in (*TORCHRUN[:3], TORCHRUN[4]))
        address = values["MASTER_ADDR"]
    elif environment.get("SLURM_STEP_NUM_TASKS", "1") != "1":
        values = _all(environment, SLURM, "srun")
        rank, size, local, job = (_number(name, values[name]) for name in (*SLURM[:3], SLURM[4]))
        address = environment.get("MASTER_ADDR") or first_host(values["SLURM_STEP_NODELIST"])
        # a port that all processes of the job come to, and those of another job hardly
        port = _number("MASTER_PORT", environment.get("MASTER_PORT", str(15000 + job % 20000)))
    else:
        return None
    return Launch(rank, size, local, address, port) if size > 1 else None


def single(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that is alone, whatever started it: what its children shall see."""
    return {name: value for name, value in environment.items()
            if name not in TORCHRUN and name not in SLURM and not name.startswith("TORCHELASTIC_")}


def first_host(nodes: str) -> str:
    """The first host of SLURM's list of them.

    >>> first_host("gpu[07-09,12],login"), first_host("alpha,beta"), first_host("rack[1-2]_blade[0-41]")
    ('gpu07', 'alpha', 'rack1_blade0')
    """
    first = re.sub(r"\[(\w+)[^\]]*\]", r"\1", nodes)  # the first number of each bracket
    return first.partition(",")[0]


def _all(environment: Mapping[str, str], names: tuple[str, ...], who: str) -> dict[str, str]:
    missing = [name for name in names if name not in environment]
    if missing:
        raise NasreidError(f"the environment has {names[1]} but not {missing[0]}; expected all that {who} sets")
    return {name: environment[name] for name in names}


def _number(name: str, value: str) -> int:
    if not value.isdigit():
        raise NasreidError(f"{name} is {value!r} in the environment; expected a number")
    return int(value)

"""Whom a launcher has started, by the environment."""

import pytest

from nasreid.errors import NasreidError
from nasreid.training.launch import Launch, first_host, launched, single

TORCHRUN = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "MASTER_ADDR": "host", "MASTER_PORT": "29500"}
SLURM = {"SLURM_PROCID": "3", "SLURM_STEP_NUM_TASKS": "4", "SLURM_LOCALID": "1", "SLURM_JOB_ID": "20007",
         "SLURM_STEP_NODELIST": "gpu[07-09]"}  # fmt: skip


def test_torchrun_and_slurm_say_the_same() -> None:
    assert launched(TORCHRUN) == Launch(3, 4, 1, "host", 29500)
    assert launched(SLURM) == Launch(3, 4, 1, "gpu07", 15007)
    assert launched({**SLURM, "MASTER_ADDR": "login", "MASTER_PORT": "1"}) == Launch(3, 4, 1, "login", 1)


@pytest.mark.parametrize("environment", [{}, {"SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_JOB_ID": "7"},
                                         {**TORCHRUN, "WORLD_SIZE": "1", "RANK": "0"}])  # fmt: skip
def test_a_process_that_is_alone(environment) -> None:
    assert launched(environment) is None


@pytest.mark.parametrize(("environment", "message"), [
    ({"WORLD_SIZE": "2"}, "has WORLD_SIZE but not RANK"),
    ({**TORCHRUN, "RANK": "two"}, "RANK is 'two'"),
])  # fmt: skip
def test_half_an_environment_is_refused(environment, message) -> None:
    with pytest.raises(NasreidError, match=message):
        launched(environment)


def test_what_a_process_starts_is_alone() -> None:
    left = single({**TORCHRUN, **SLURM, "TORCHELASTIC_RUN_ID": "1", "HOME": "/"})
    assert left == {"HOME": "/"}
    assert launched(left) is None


def test_lists_of_hosts() -> None:
    assert [first_host(nodes) for nodes in ("a", "a,b", "n[1,3]", "n[08-10]-x,b", "a,n[1-2]", "r[1-2]_b[0-4],c")] == [
        "a", "a", "n1", "n08-x", "a", "r1_b0"]  # fmt: skip

"""Commands as several processes: shared by those that can be, run once by those that cannot."""

import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from nasreid.cli import main

TORCHRUN = {"WORLD_SIZE": "2", "LOCAL_RANK": "0", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}
SEARCH = ["search", "--space", "Micro", "--space-args.width", "4", "--strategy", "TCM", "--epochs", "2", "--p", "4",
          "--k", "2", "--height", "32", "--width", "16", "--lr", "0.0001", "--warmup-epochs", "0", "--no-draw",
          "--device", "cpu", "--checkpoint-seconds", "0", "--validate-every", "1"]  # fmt: skip


def started(*argv: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, *argv], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            env={**os.environ, "OMP_NUM_THREADS": "1"})  # fmt: skip


@pytest.fixture
def launched(monkeypatch):
    for name, value in TORCHRUN.items():
        monkeypatch.setenv(name, value)
    return lambda rank: monkeypatch.setenv("RANK", str(rank))


def test_a_command_for_one_runs_once_and_says_so(launched, capsys) -> None:
    launched(1)
    assert main(["list"]) == 0
    assert capsys.readouterr() == ("", "")
    launched(0)
    assert main(["list"]) == 0
    said = capsys.readouterr()
    assert "MSI" in said.out
    assert said.err == "nasreid list runs in one process: the first of 2 does it, the others have ended\n"
    assert "WORLD_SIZE" not in os.environ, "what it starts is alone"


def test_another_number_of_devices_is_refused(launched, people, tmp_path, capsys) -> None:
    launched(0)
    assert main([*SEARCH, "--data", str(people), "--output", str(tmp_path / "run"), "--devices", "3"]) == 2
    assert "devices is 3, but 2 processes were launched" in capsys.readouterr().err


def test_no_devices_are_refused(people, tmp_path, capsys) -> None:
    assert main([*SEARCH, "--data", str(people), "--output", str(tmp_path / "run"), "--devices", "0"]) == 2
    assert "devices is 0; expected at least 1" in capsys.readouterr().err


@pytest.mark.slow
def test_a_search_on_two_devices_goes_on_after_a_kill(people, tmp_path) -> None:
    run = [*SEARCH, "--data", str(people), "--output"]
    assert main([*run, str(tmp_path / "one")]) == 0
    two = ["-m", "nasreid", *run, str(tmp_path / "two"), "--devices", "2"]
    process = started(*two)
    while not (tmp_path / "two" / "checkpoint-earlier.pt").exists():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    workers = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True).stdout
    os.kill(int(workers.split()[-1]), signal.SIGKILL)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 128 + signal.SIGKILL
    lines = [line for line in said.splitlines() if line.startswith("nasreid: ")]
    assert "has ended" in lines[0]
    assert lines[-1].endswith("was ended by SIGKILL")
    again = started("-m", "torch.distributed.run", "--nproc-per-node", "2", *two[:-2])
    said, _ = again.communicate(timeout=900)
    assert again.returncode == 0, said
    assert (said.count("search goes on after step"), said.count("genotype: ")) == (1, 1), "rank 0 alone speaks"
    tables = [pd.read_csv(tmp_path / name / "metrics.csv") for name in ("one", "two")]
    assert tables[0].drop(columns="value").equals(tables[1].drop(columns="value"))
    assert (tables[0]["value"] - tables[1]["value"]).abs().max() < 1e-2

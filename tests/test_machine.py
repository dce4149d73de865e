"""What a run says of the machine that it ran on."""

import json

import torch

from nasreid import __version__
from nasreid.machine import machine, processor
from nasreid.run import RunFolder


def test_a_finished_run_names_its_machine(tmp_path):
    with RunFolder(tmp_path / "run", {"search": {"seed": 1}}) as folder:
        folder.finish({"steps": 1}, torch.device("cpu"), threads=3)
    found = json.loads((tmp_path / "run" / "result.json").read_text())
    assert found["steps"] == 1
    assert found["machine"] == machine(threads=3)
    assert (found["machine"]["threads"], found["machine"]["device"]) == (3, "cpu")
    assert found["machine"]["nasreid"] == __version__
    assert machine()["threads"] == torch.get_num_threads()


def test_the_processor_is_called_by_its_name(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nflags: a\n")
    assert processor(tmp_path / "cpuinfo") == "Some CPU @ 2 GHz"
    assert processor(tmp_path / "none")

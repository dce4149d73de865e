"""What `make gpu` does on a machine with a GPU, tried on a CPU with small shapes."""

import json

import pytest
import torch

from benchmarks import gpu


def test_without_a_gpu_it_is_said_in_one_line(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.main(["--output", str(tmp_path / "gpu.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "gpu.json").exists()


@pytest.mark.slow
def test_all_checks_but_what_is_compiled_run_on_a_cpu(monkeypatch, capsys, tmp_path):
    monkeypatch.delitem(gpu.CHECKS, "compiled steps")  # a minute
    monkeypatch.delitem(gpu.TINY["spaces"], "InPlacement")  # half a minute, on the ways of the others
    place = str(tmp_path / "gpu.json")
    assert gpu.main(["--device", "cpu", "--tiny", "--seconds", "1e9", "--output", place]) == 0
    found = json.loads((tmp_path / "gpu.json").read_text())["found"]
    assert list(found) == list(gpu.CHECKS)
    assert set(found["parity of steps, float64"].values()) == {"0.0e+00 apart after a step, 0.0e+00 after three"}
    assert set(found["deterministic mode"].values()) == {"equal"}
    assert len(found["steps"]) == 2 * 5 * 3
    assert capsys.readouterr().out.startswith("| check | work | found |")


def test_what_fails_says_why_and_what_comes_too_late_is_named(monkeypatch):
    def broken(shape, device):
        raise RuntimeError("no\nway")

    monkeypatch.setattr(gpu, "CHECKS", {"one": broken})
    assert gpu.measure({}, "cpu", 9) == {"one": {"failed": "RuntimeError: no way"}}
    kept = []
    gpu.measure({}, "cpu", 9, keep=lambda found: kept.append(dict(found)))
    assert kept == [{"one": {"failed": "RuntimeError: no way"}}]
    assert gpu.measure({}, "cpu", -1) == {"one": {"left out": "-1 s are over"}}
    assert gpu.table({"one": {"a": "b"}}).endswith("| one | a | b |")

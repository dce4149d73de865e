"""The tool of the benchmarks: ways in turn, ratios, bytes kept for backward, and the table."""

import json

import pytest
import torch
from torch.multiprocessing.reductions import StorageWeakRef

from benchmarks import ratio
from benchmarks.ratio import Goal, in_turn, kept, note, times
from benchmarks.table import main


class Row:
    """What a bench sees of pytest-benchmark's fixture."""

    def __init__(self):
        self.extra_info, self.group = {}, None

    def pedantic(self, target, setup, rounds, warmup_rounds):
        for _ in range(warmup_rounds + rounds):
            setup()
            target()


@pytest.fixture
def clock(monkeypatch):
    """Time that only ways advance."""
    now = [0.0]
    monkeypatch.setattr(ratio.time, "perf_counter", lambda: now[0])
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


def test_ways_run_in_turn_and_the_warm_up_does_not_count():
    order = []
    seconds = in_turn({name: lambda name=name: order.append(name) for name in "AB"}, rounds=2, warmup=1)
    assert "".join(order) == "ABABAB"
    assert [len(values) for values in seconds.values()] == [2, 2]


def test_a_ratio_is_the_median_of_the_pairs():
    assert times({"ours": [1.0, 2.0, 9.0], "plain": [2.0, 6.0, 9.0]}, "plain", "ours") == 2.0


def test_kept_counts_each_storage_once_and_no_parameters():
    x, weight = torch.randn(10, 4, requires_grad=True), torch.randn(4, 4, requires_grad=True)
    assert kept(lambda: x @ weight) == 4 * (40 + 16)
    assert kept(lambda: x @ weight, [weight]) == 4 * 40
    assert kept(lambda: (x * x[:1], x.view(-1) * 2 * x.view(-1)), [weight]) == 4 * (40 + 40)
    assert kept(lambda: x.sum()) == 0


def test_what_was_kept_is_let_go():
    x, refs = torch.randn(10, 4, requires_grad=True), []

    def forward():
        made = x.exp()  # whose node saves its own output
        refs.append(StorageWeakRef(made.untyped_storage()))
        return made * 2

    assert kept(forward) == 160
    assert refs[0].expired()


def test_compare_notes_a_row_for_each_goal(clock):
    row = Row()
    goals = [Goal("plain", "faster", 1.9), Goal("floor", "time", 1.05), Goal("floor", "bytes", 1.15)]
    ways = {"ours": lambda: clock(2.0), "plain": lambda: clock(4.0), "floor": lambda: clock(1.0)}
    ratio.compare(row, "step", ways, goals, rounds=3, saved={"ours": 30, "plain": 50, "floor": 20})
    assert [(r["goal"], r["ratio"]) for r in row.extra_info["rows"]] == [
        ("≥ 1.9× faster", 2.0), ("≤ 1.05× its time", 2.0), ("≤ 1.15× its bytes", 1.5)]
    assert row.extra_info["seconds"] == {"ours": 2.0, "plain": 4.0, "floor": 1.0}


def test_the_table_takes_a_row_from_the_later_file(tmp_path, capsys):
    machine = {"cpu": "a CPU", "threads": 2, "python": "3.11", "torch": "2.13", "nni": "3.0"}
    for name, value in (("one", 1.5), ("two", 1.96)):
        row = Row()
        note(row, "step", Goal("plain", "faster", 1.9), value)
        results = {"machine_info": machine, "benchmarks": [{"extra_info": row.extra_info}, {"extra_info": {}}]}
        (tmp_path / f"{name}.json").write_text(json.dumps(results))
    capsys.readouterr()
    main([str(tmp_path / "one.json"), str(tmp_path / "two.json")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "| step | plain | ≥ 1.9× faster | 1.96× |"
    assert "one: a CPU, 2 threads" in lines[0]
    assert sum("step" in line for line in lines) == 1

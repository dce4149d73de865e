"""What the results of `make bench` say of the machine: what explains a ratio, and no names of computers or people."""

import platform
from importlib.metadata import version

import torch


def pytest_benchmark_update_machine_info(config, machine_info):
    cpu = machine_info.get("cpu", {}).get("brand_raw") or platform.machine()
    machine_info.clear()
    machine_info.update(cpu=cpu, threads=torch.get_num_threads(), python=platform.python_version(),
                        torch=version("torch"), nni=version("nni"))  # fmt: skip


def pytest_benchmark_update_json(config, benchmarks, output_json):
    output_json["commit_info"] = {key: output_json["commit_info"].get(key) for key in ("id", "time", "dirty")}
    for bench in output_json["benchmarks"]:
        bench["stats"].pop("data", None)

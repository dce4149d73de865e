"""What a run ran on, as a fact that it leaves behind: reports read it and never look at their own machine."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from nasreid import __version__
from nasreid.files import Document

if TYPE_CHECKING:
    import torch

PACKAGES = ("torch", "numpy", "pandas", "nni", "pytorch-lightning")


def machine(device: torch.device | str = "cpu", threads: int | None = None) -> Document:
    """Processor, cores, threads used (default: torch's of this process), name of the device, versions, platform.

    Plain data for JSON; no name of a host or a user is in it.
    """
    import torch

    kind = torch.device(device)
    name = torch.cuda.get_device_name(kind) if kind.type == "cuda" else kind.type
    return {"processor": processor(), "cores": os.cpu_count(), "threads": threads or torch.get_num_threads(),
            "device": name, "platform": f"{platform.system()} {platform.machine()}", "nasreid": __version__,
            "python": platform.python_version(), **{package: _version(package) for package in PACKAGES}}


def processor(cpuinfo: str | Path = "/proc/cpuinfo") -> str:
    """The name of the processor, or its kind where the system does not tell."""
    try:
        lines = Path(cpuinfo).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):  # not on this system
        lines = []
    found = next((line.partition(":")[2].strip() for line in lines if line.lower().startswith("model name")), "")
    return found or platform.processor() or platform.machine() or "unknown"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"

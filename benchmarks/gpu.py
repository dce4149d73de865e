"""python -m benchmarks.gpu: what only a machine with a GPU can say of a search, in one command under ten minutes.

Parity with the CPU in float64, steps that wait for nothing, speed and memory of the three spaces against NNI and a
single path, throughput of the pictures, deterministic mode, NCCL. Writes one JSON, and prints its table. Without a GPU
it says so, and the status is 2; it is 1 where something failed. --device cpu --tiny tries its own code.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import torch

from benchmarks import gpu_checks, gpu_steps
from nasreid.machine import machine

SMALL = {"width_multiplier": 0.125}
RESNET = {"inner_args": {"width_multiplier": 0.0625, "depths": [1, 1, 1, 1]}}
TINY = {"spaces": {"MSI": SMALL, "InPlacement": {**SMALL, "streams": 1}, "BNSeparation": RESNET}, "size": 8,
        "height": 32, "width": 16, "rounds": 1, "oracles": ("tcm_memory", "msinet_ops"), "pictures": 24,
        "strategies": ("TCM", "SinglePath")}  # fmt: skip
WHOLE = {"spaces": {"MSI": {}, "InPlacement": {"shared": True}, "BNSeparation": {}}, "size": 64, "height": 256,
         "width": 128, "rounds": 10, "oracles": None, "pictures": 2000,
         "strategies": ("TCM", "CEDarts", "Gumbel", "SinglePath", "CMNAS")}  # fmt: skip
# name: (shape, device) -> rows {work: text}
CHECKS = {"parity of the oracles, float64": gpu_checks.oracles, "parity of steps, float64": gpu_checks.parity,
          "waits": gpu_checks.waits, "deterministic mode": gpu_checks.deterministic,
          "graphs": gpu_checks.graphs, "process group of one": gpu_checks.group, "pictures": gpu_checks.pictures,
          "steps": gpu_steps.steps, "compiled steps": gpu_steps.compiled}  # fmt: skip


def measure(shape, device, limit, only=(), keep=lambda found: None):
    """{check: {work: text}} of all checks; what fails says why, and what has not begun after `limit` s is left out.

    keep: gets all that is found so far after each check, so that a run which is cut off loses only one.
    """
    begun, found = time.monotonic(), {}
    for name in only or CHECKS:
        if time.monotonic() - begun > limit:
            found[name] = {"left out": f"{limit:g} s are over"}
        else:
            print(f"{name} …", file=sys.stderr, flush=True)
            try:
                found[name] = CHECKS[name](shape, device)
            except Exception as error:  # whatever it is, the other checks go on
                found[name] = {"failed": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}
        keep(found)
    return found


def table(found):
    """The rows as Markdown."""
    rows = [f"| {name} | {work} | {text} |" for name, part in found.items() for work, text in part.items()]
    return "\n".join(["| check | work | found |", "|---|---|---|", *rows])


def main(arguments=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__.partition("\n")[0])
    parser.add_argument("--device", default="cuda", help="cuda, or cpu to try the code")
    parser.add_argument("--tiny", action="store_true", help="small shapes")
    parser.add_argument("--seconds", type=float, default=540, help="what has not begun by then is left out")
    parser.add_argument("--only", nargs="*", choices=CHECKS, default=(), metavar="CHECK",
                        help=f"of {', '.join(CHECKS)}")  # fmt: skip
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/gpu.json"))
    asked = parser.parse_args(arguments)
    if asked.device == "cuda" and not torch.cuda.is_available():
        print("no GPU: torch sees no CUDA device here; expected one (or --device cpu --tiny, to try the code)",
              file=sys.stderr)  # fmt: skip
        return 2
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what deterministic mode asks for
    device = torch.device(asked.device)
    asked.output.parent.mkdir(parents=True, exist_ok=True)

    def keep(found):
        asked.output.write_text(json.dumps({"machine": machine(device), "found": found}, indent=2) + "\n")

    found = measure(TINY if asked.tiny else WHOLE, device, asked.seconds, asked.only, keep)
    print(table(found))
    print(f"\n{asked.output}")
    return int(any("fail" in text for part in found.values() for text in (*part, *part.values())))


if __name__ == "__main__":
    sys.exit(main())

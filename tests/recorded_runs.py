"""Short searches and trainings of all three systems on the embedded people, and what they give, to the byte.

    python -m tests.recorded_runs FOLDER

prints the record of this machine, one of those in recorded_runs.json. Hashes hold where floats round alike, of which
`arithmetic` and `processor` are the signs: with the kernels that every x86 processor has (PORTABLE), in a process of
their own, an Intel Xeon and an AMD EPYC agree in `arithmetic`, and still part in the first backward passes of a search.
The runs are a few steps of noisy training: elsewhere, the numbers come only near.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from nasreid.cli import main

PORTABLE = {"OMP_NUM_THREADS": "1", "ONEDNN_MAX_CPU_ISA": "SSE41", "ATEN_CPU_CAPABILITY": "default",
            "MKL_CBWR": "COMPATIBLE"}  # fmt: skip
SIZE = ["--height", "32", "--width", "16", "--pad", "2", "--p", "3", "--k", "2", "--lr", "0.002", "--quiet",
        "--no-draw"]
MSI = ["--config", "demo", *SIZE, "--images", "36"]
BN = ["--config", "cm-nas-demo", *SIZE, "--epochs", "2", "--p", "2",
      "--space-args", '{"inner_args": {"width_multiplier": 0.125, "depths": [1, 1, 1, 1]}}']
IN = ["--config", "osnet-ain-demo", *SIZE, "--epochs", "2", "--p", "6", "--space-args", '{"width_multiplier": 0.25}']
OFFICIAL = {"split": "official", "start": "zeros", "renormalise": True, "architecture_betas": [0.5, 0.999],
            "architecture_weight_decay": 0.001, "architecture_first": True, "skip_first": True,
            "keep_validation_gradient": True, "learn_inside": True, "architecture_lr": 0.002}
PAPER = ["--strategy-args.architecture_lr", "0.002"]
OSNET_OFFICIAL = {"relaxation": "GumbelReLU", "relaxation_args": {"hard": True}, "architecture_optimiser": "sgd",
                  "architecture_follow": True}

# name: options of the search; those that are named in TRAINED are trained and scored, too
SEARCHES = {
    "msi-tcm": [*MSI, "--strategy", "TCM", *PAPER, "--validate-every", "1"],
    "msi-tcm-official": [*MSI, "--strategy", "TCM", "--strategy-args", json.dumps(OFFICIAL)],
    "msi-ce-darts": [*MSI, "--strategy", "CEDarts", *PAPER],
    "msi-gumbel": [*MSI, "--strategy", "Gumbel", *PAPER],
    "msi-single-path": [*MSI, "--strategy", "SinglePath"],
    "msi-random": [*MSI, "--strategy", "Random"],
    "msi-evolution": [*MSI, "--strategy", "evolution", "--trials", "2", "--trial-epochs", "1", "--fix",
                      "cell[1-4].*=none", "--images", "24"],
    "in-gumbel": [*IN, "--strategy", "Gumbel"],
    "in-gumbel-official": [*IN, "--strategy", "Gumbel", "--strategy-args", json.dumps(OSNET_OFFICIAL)],
    "bn-cmnas": BN,
    "bn-tcm": [*BN, "--strategy", "TCM", "--strategy-args", json.dumps({"architecture_lr": 0.02})],
}
TRAINED = {
    "msi-tcm": ["--config", "demo", *SIZE, "--epochs", "1"],
    "in-gumbel": ["--config", "osnet-ain-demo", *SIZE, "--epochs", "2", "--p", "6"],
    "bn-cmnas": ["--config", "cm-nas-demo", *SIZE, "--epochs", "2"],
}


def record(folder: Path) -> dict[str, Any]:
    """{"processor", "arithmetic": signs of the machine, "runs": {name: {what: hash or number}}}, made in `folder`."""
    people = ["--identities", "12", "--test-identities", "4", "--cameras", "3", "--shots", "3", "--height", "48",
              "--width", "24", "--quiet"]
    _call("data", "synthesize", "--root", str(folder / "visible"), *people)
    _call("data", "synthesize", "--root", str(folder / "infrared"), "--infrared", *people)
    runs = {}
    for name, options in SEARCHES.items():
        data = ["--data", str(folder / ("infrared" if name.startswith("bn") else "visible"))]
        place = folder / name
        _call("search", *options, *data, "--output", str(place))
        runs[name] = _searched(place)
        if name in TRAINED:
            net = folder / f"{name}-trained"
            _call("retrain", *TRAINED[name], *data, "--genotype", str(place / "genotype.json"),
                  "--output", str(net))
            layout = ["--layout", "market1501-infrared"] if name.startswith("bn") else []
            _call("evaluate", "--run", str(net), *data, *layout, "--quiet", "--output", str(net / "scores.json"))
            runs[f"{name}-trained"] = _trained(net)
    return {"processor": processor(), "arithmetic": arithmetic(), "runs": runs}


def processor() -> str:
    """Vendor, family and model, as Linux has them, such as 'GenuineIntel 6 207'; '' elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    told = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in reversed(lines))}
    return " ".join(told[name] for name in ("vendor_id", "cpu family", "model") if name in told)


def arithmetic() -> str:
    """A sign that is the same where convolutions, norms and products round alike, in the same release of torch."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        sums = [_rounding(number, width) for number in (6, 18) for width in (8, 16, 32, 64, 96)]
    return _hash(torch.__version__.split("+")[0].encode() + b"".join(sums))


def _rounding(number: int, width: int) -> bytes:
    net = nn.Sequential(nn.Conv2d(3, width, 7, 2, 3), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
                        nn.Conv2d(width, width, 3, padding=1, groups=width), nn.Conv2d(width, width, 3, padding=1),
                        nn.InstanceNorm2d(width, affine=True), nn.Sigmoid(), nn.Conv2d(width, 2 * width, 1, bias=False),
                        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2 * width, 10))  # fmt: skip
    images = torch.randn(number, 3, 32, 16)
    loss = nn.functional.cross_entropy(net(images), torch.arange(number) % 10)
    loss.backward()
    sums = [images.exp().sum(), loss, *(p.grad for p in net.parameters() if p.grad is not None)]
    return b"".join(tensor.detach().numpy().tobytes() for tensor in sums)


def _searched(place: Path) -> dict[str, Any]:
    genotype = json.loads((place / "genotype.json").read_text())
    kept = {name: genotype["provenance"].get(name) for name in ("seed", "probabilities", "taken_epoch", "mAP")}
    found = {"choices": _hash(json.dumps(genotype["choices"], sort_keys=True)),
             "provenance": _hash(json.dumps(kept, sort_keys=True)), **_files(place)}
    if (place / "trials.csv").is_file():
        rows = [line.split(",") for line in (place / "trials.csv").read_text().splitlines()]
        timed = rows[0].index("seconds")
        found["trials.csv"] = _hash(json.dumps([row[:timed] + row[timed + 1 :] for row in rows]))
    return {**found, **_ends(place)}


def _trained(place: Path) -> dict[str, Any]:
    scores, result = (json.loads((place / name).read_text()) for name in ("scores.json", "result.json"))
    counted = {name: result[name] for name in ("seed", "steps", "images", "parameters", "multiply_adds")}
    return {"scores": _hash(json.dumps(scores, sort_keys=True)), "result": _hash(json.dumps(counted, sort_keys=True)),
            **_files(place), "mAP": scores["mAP"], **_ends(place)}


def _files(place: Path) -> dict[str, str]:
    tables = {name: _hash((place / name).read_bytes()) for name in ("probabilities.csv", "metrics.csv", "decisions.csv")
              if (place / name).is_file()}
    weights = {path.name: _hash(b"".join(name.encode() + value.numpy().tobytes()
                                         for name, value in sorted(load_file(path).items())))
               for path in sorted(place.glob("*.safetensors"))}
    return tables | weights


def _ends(place: Path) -> dict[str, float]:
    """First and last value of every metric: what another processor must come near to."""
    path = place / "metrics.csv"
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]] if path.is_file() else []
    first = {f"first {row[2]}": float(row[3]) for row in reversed(rows)}
    return dict(sorted((first | {f"last {row[2]}": float(row[3]) for row in rows}).items()))


def _hash(data: str | bytes) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()[:16]


def _call(*arguments: str) -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = main(list(arguments))
    if status:
        raise RuntimeError(f"nasreid {' '.join(arguments)}: {said.getvalue()[-2000:]}")


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in PORTABLE.items()):  # torch reads them as it is imported
        os.execve(sys.executable, [sys.executable, "-m", "tests.recorded_runs", *sys.argv[1:]], os.environ | PORTABLE)
    print(json.dumps(record(Path(sys.argv[1])), indent=1))

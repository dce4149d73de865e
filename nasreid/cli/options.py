"""Options that several commands share: their types with help texts, and what is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from nasreid.errors import NasreidError

if TYPE_CHECKING:
    from nasreid.data.batches.transforms import Augment
    from nasreid.genotype import Genotype
    from nasreid.optimisers import WeightOptimiser
    from nasreid.training.engine import Budget, Engine

Output = Annotated[str, "run folder; an unfinished run in it is continued"]
Published = Annotated[str, "genotype.json, or a name such as msinet (nasreid list)"]
Epochs = Annotated[int, "epochs over the training identities"]
P = Annotated[int, "identities per batch"]
K = Annotated[int, "images of each, in each modality where the data have both"]
Height = Annotated[int, "pixels"]
Width = Annotated[int, "pixels"]
Momentum = Annotated[float, "of SGD"]
Decay = Annotated[float, "weight decay of SGD"]
Kind = Annotated[str, "sgd, adam or amsgrad"]
Schedule = Annotated[str, "multistep or cosine"]
Warmup = Annotated[int | None, "epochs of linear warm-up; default: 10 of 350"]
Milestones = Annotated[list[int] | None, "epochs after which the rate falls to a tenth; default: 150, 225, 300 of 350"]
HeadFactor = Annotated[float, "how many times faster the neck and the classifiers learn than the backbone"]
Flip = Annotated[float, "probability of a horizontal flip"]
Pad = Annotated[int, "pixels of padding before a random crop"]
Erase = Annotated[float, "probability of random erasing"]
Fill = Annotated[str, "what erasing writes: mean, or official (the constant of MSINet's code)"]
Jitter = Annotated[list[float], "colour jitter: brightness, contrast, saturation, hue"]
Patch = Annotated[float, "probability of pasting a patch of another image"]
Decoder = Annotated[str, "fast, or pillow (exactly Pillow's pixels)"]
Cache = Annotated[int, "memory for resized images, MiB; 0: none"]
Workers = Annotated[int, "processes that prepare images; the result does not depend on it"]
Device = Annotated[str, "auto, cpu or gpu"]
Precision = Annotated[str, "32-true, bf16-mixed or 64-true"]
Channels = Annotated[bool, "maps lie in memory pixel by pixel: faster but for the smallest, other last digits"]
Checkpoints = Annotated[float, "seconds between checkpoints"]
Force = Annotated[bool, "replace the run in the output folder"]


def budget_of(epochs: int, p: int, k: int, height: int, width: int) -> Budget:
    """Epochs, batches and sizes."""
    from nasreid.training.engine import Budget

    for name, value in (("epochs", epochs), ("p", p), ("k", k), ("height", height), ("width", width)):
        if value < 1:
            raise NasreidError(f"{name} is {value}; expected at least 1")
    return Budget(epochs, p, k, height, width)


def optimiser_of(lr: float, kind: str, schedule: str, momentum: float, weight_decay: float, warmup_epochs: int | None,
                 milestones: list[int] | None, head_factor: float) -> WeightOptimiser:
    """The optimiser of the weights and its schedule."""
    from nasreid.optimisers import WeightOptimiser

    stones = None if milestones is None else tuple(milestones)
    return WeightOptimiser(lr, momentum, weight_decay, warmup_epochs, milestones=stones, kind=kind, schedule=schedule,
                           head_factor=head_factor)


def augment_of(height: int, width: int, flip: float, pad: int, erase: float, fill: str, jitter: list[float],
               patch: float, decoder: str) -> Augment:
    """What happens to each training image."""
    from nasreid.data.batches.transforms import Augment

    if len(jitter) != 4:
        raise NasreidError(f"jitter {jitter}; expected four numbers: brightness, contrast, saturation, hue")
    four = (jitter[0], jitter[1], jitter[2], jitter[3])
    return Augment(height, width, flip, pad, erase, fill, four, patch, decoder)


def engine_of(workers: int, device: str, precision: str, checkpoint_seconds: float, quiet: bool,
              cache_mib: int = 0, channels_last: bool = True) -> Engine:
    """How the run is executed."""
    from nasreid.training.engine import Engine

    if device not in ("auto", "cpu", "gpu"):
        raise NasreidError(f"device {device!r}; expected auto, cpu or gpu")
    if precision not in ("32-true", "bf16-mixed", "64-true"):
        raise NasreidError(f"precision {precision!r}; expected 32-true, bf16-mixed or 64-true")
    if cache_mib < 0:
        raise NasreidError(f"cache_mib {cache_mib}; expected 0 or more")
    return Engine(workers, device, precision, checkpoint_seconds, quiet, cache_mib, channels_last)


Fix = Annotated[list[str], "decisions that are made, each as label=candidate; labels may be patterns: cell[1-4].*=none"]


def place_of(given: dict[str, Any]) -> dict[str, Any]:
    """Where the data are, for the document of a trial."""
    return {"data": str(Path(given["data"]).resolve()),
            **{name: given[name] for name in ("layout", "data_args", "skip_broken")}}


def fixed(space: str, space_args: dict[str, Any], fix: list[str]) -> tuple[str, dict[str, Any]]:
    """Name and arguments of the space in which the decisions of `fix` (label=candidate) are made."""
    if not fix:
        return space, space_args
    pairs = [entry.rpartition("=") for entry in fix]
    for entry, (label, _, name) in zip(fix, pairs, strict=True):
        if not label or not name:
            raise NasreidError(f"fix {entry!r}: expected label=candidate")
    return "Fixed", {"inner": space, "inner_args": space_args, "choices": {label: name for label, _, name in pairs}}


def _found(genotype: Genotype, output: str) -> None:
    from nasreid.pictures.diagram.diagram import text

    print(text(genotype))
    print(f"genotype: {Path(output) / 'genotype.json'}")


def _asked(command: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What config.yaml keeps: every argument that shapes the result, and not how it is executed."""
    how = ("output", "force", "quiet", "config", "workers", "checkpoint_seconds", "cache_mib", "fix")
    return {"command": command, **{name: value for name, value in arguments.items() if name not in how}}


Data = Annotated[str, "root folder of the data set"]


Layout = Annotated[str, "its layout; nasreid list names them"]


DataArgs = Annotated[dict, "options of the layout, as JSON or --data-args.NAME VALUE"]


Seed = Annotated[int, "fixes everything: data, split, batches, initialisation, noise"]


Broken = Annotated[bool, "leave out images that cannot be decoded, instead of refusing them"]


Quiet = Annotated[bool, "no progress"]

"""nasreid retrain: train the network of a genotype."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

from nasreid.cli.options import (
    Broken,
    Cache,
    Channels,
    Checkpoints,
    Data,
    DataArgs,
    Decay,
    Decoder,
    Device,
    Epochs,
    Erase,
    Fill,
    Flip,
    Force,
    HeadFactor,
    Height,
    Jitter,
    K,
    Kind,
    Layout,
    Milestones,
    Momentum,
    Output,
    P,
    Pad,
    Patch,
    Precision,
    Published,
    Quiet,
    Schedule,
    Seed,
    Warmup,
    Width,
    Workers,
    _asked,
    augment_of,
    budget_of,
    engine_of,
    optimiser_of,
)
from nasreid.errors import NasreidError

if TYPE_CHECKING:
    from nasreid.genotype import Genotype
    from nasreid.training.retrain import Retrain


def retrain(*, genotype: Published, data: Data, output: Output, layout: Layout = "market1501",
            data_args: DataArgs = {},  # noqa: B006
            space: Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"] = None,
            space_args: Annotated[dict, "override arguments of the genotype's space"] = {},  # noqa: B006
            neck: Annotated[str, "auto, bnneck, two-feature, fc or fc-non-affine"] = "auto",
            objectives: Annotated[list[dict] | None, "list of {weight, objective, args}; default: smoothed identity "
                                                     "loss and batch-hard triplet"] = None,
            init: Annotated[str | None, "a .safetensors file to start from"] = None,
            seed: Seed = 0, epochs: Epochs = 350, p: P = 16, k: K = 4, height: Height = 256, width: Width = 128,
            lr: Annotated[float, "learning rate"] = 0.065, optimiser: Kind = "sgd",
            schedule: Schedule = "multistep", momentum: Momentum = 0.9, weight_decay: Decay = 5e-4,
            warmup_epochs: Warmup = None, milestones: Milestones = None, head_factor: HeadFactor = 1.0,
            ema: Annotated[float | None, "decay of a moving average of the whole state; default: none"] = None,
            ema_epochs: Annotated[int, "epochs between its write-backs into the network; 0: only at the end"] = 0,
            frozen_epochs: Annotated[int, "first epochs that train the classifier alone"] = 0, flip: Flip = 0.5,
            pad: Pad = 10, erase: Erase = 0.5, erase_fill: Fill = "mean",
            jitter: Jitter = [0.0, 0.0, 0.0, 0.0],  # noqa: B006
            patch: Patch = 0.0, decoder: Decoder = "fast", cache_mib: Cache = 1024, workers: Workers = 0,
            device: Device = "auto", precision: Precision = "32-true",
            channels_last: Channels = True, checkpoint_seconds: Checkpoints = 60.0, skip_broken: Broken = False,
            force: Force = False, quiet: Quiet = False, config: Annotated[str | None, "recipe"] = None) -> None:
    """Train the network of a genotype; the run folder gets its weights, metrics and pictures."""
    given = dict(locals())
    from nasreid.network.catalogue import find

    record = find(genotype)
    from nasreid.cli.data import frame_of

    frame = frame_of(data, layout, data_args, ("train",), skip_broken, quiet)
    run = training(record, given)
    run.run(frame, output, force, _asked("retrain", given))
    print(f"network: {Path(output) / 'network.safetensors'}")


def training(record: Genotype, options: dict[str, Any]) -> Retrain:
    """The training of a genotype under options of the command retrain, as in a recipe; the others have its defaults."""
    from nasreid.training.retrain import OBJECTIVES, Retrain

    known = {name: p.default for name, p in inspect.signature(retrain).parameters.items()}
    for name in options:
        if name not in known:
            raise NasreidError(f"option {name!r} of retrain: expected one of {', '.join(known)}")
    o = SimpleNamespace(**{**known, **options})
    return Retrain(record, OBJECTIVES if o.objectives is None else o.objectives, o.neck, o.space, o.space_args, o.init,
                   o.seed, budget_of(o.epochs, o.p, o.k, o.height, o.width),
                   optimiser_of(o.lr, o.optimiser, o.schedule, o.momentum, o.weight_decay, o.warmup_epochs,
                                o.milestones, o.head_factor),
                   augment_of(o.height, o.width, o.flip, o.pad, o.erase, o.erase_fill, o.jitter, o.patch, o.decoder),
                   engine_of(o.workers, o.device, o.precision, o.checkpoint_seconds, o.quiet, o.cache_mib,
                             o.channels_last), o.ema, o.ema_epochs, o.frozen_epochs)

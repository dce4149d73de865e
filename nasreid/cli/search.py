"""The commands, as functions with annotated arguments; whatever is heavy is imported inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
    Fix,
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
    Quiet,
    Schedule,
    Seed,
    Warmup,
    Width,
    Workers,
    _asked,
    _found,
    augment_of,
    budget_of,
    engine_of,
    fixed,
    optimiser_of,
)
from nasreid.cli.trials import TRIAL_OPTIONS, search_by_trials
from nasreid.plugins import MULTI_TRIAL

if TYPE_CHECKING:
    pass


def search(*, data: Data, output: Output, layout: Layout = "market1501",
           data_args: DataArgs = {},  # noqa: B006
           space: Annotated[str, "search space: a name, module:Class or file.py:Class"] = "MSI",
           space_args: Annotated[dict, "its arguments, as JSON or --space-args.NAME VALUE"] = {},  # noqa: B006
           fix: Fix = [],  # noqa: B006
           strategy: Annotated[str, "search strategy: a name, module:Class or file.py:Class; or, by trials, evolution, "
                                    "tpe, random or grid"] = "TCM",
           strategy_args: Annotated[dict, "its arguments"] = {},  # noqa: B006
           objectives: Annotated[list[dict] | None, "list of {weight, objective, args} in place of the strategy's own "
                                                    "losses"] = None,
           architecture_objectives: Annotated[list[dict] | None, "those of the architecture step, where they shall "
                                                                 "differ"] = None,
           init: Annotated[str | None, "a .safetensors file to start from"] = None,
           validate_every: Annotated[int, "epochs between retrievals among training images, 0 for none"] = 0,
           take: Annotated[str, "genotype of the last epoch, of the best validated one, or the most stable: last, best "
                                "or stable"] = "last",
           neck: Annotated[str, "bnneck, fc or fc-non-affine"] = "bnneck",
           trials: Annotated[int, "trials of a search by trials"] = 20,
           trial_epochs: Annotated[int | None, "epochs of each; default: epochs, divided among them"] = None,
           validation: Annotated[float, "share of the training identities held out to score trials"] = 0.25,
           concurrent: Annotated[int, "trials at a time; evolution and tpe know so many fewer scores"] = 1,
           evaluator: Annotated[str, "of trials: retrain, or supernet (shared weights)"] = "retrain",
           supernet: Annotated[str | None, "run folder of the one-shot search whose weights are shared"] = None,
           images: Annotated[int | None, "images that the search may show in all its steps: sets the epochs to the "
                                         "whole number that comes nearest"] = None,
           seed: Seed = 0, epochs: Epochs = 350, p: P = 16, k: K = 4, height: Height = 256, width: Width = 128,
           lr: Annotated[float, "learning rate of the weights"] = 0.025, optimiser: Kind = "sgd",
           schedule: Schedule = "multistep", momentum: Momentum = 0.9, weight_decay: Decay = 5e-4,
           warmup_epochs: Warmup = None, milestones: Milestones = None, head_factor: HeadFactor = 1.0, flip: Flip = 0.5,
           pad: Pad = 10, erase: Erase = 0.5, erase_fill: Fill = "mean",
           jitter: Jitter = [0.0, 0.0, 0.0, 0.0],  # noqa: B006
           patch: Patch = 0.0, decoder: Decoder = "fast", cache_mib: Cache = 1024, workers: Workers = 0,
           device: Device = "auto", precision: Precision = "32-true",
           channels_last: Channels = True, checkpoint_seconds: Checkpoints = 60.0, skip_broken: Broken = False,
           force: Force = False, quiet: Quiet = False, config: Annotated[str | None, "recipe"] = None) -> None:
    """Search a space with a strategy; the run folder gets genotype, diagram, trajectory, metrics, weights."""
    space, space_args = fixed(space, space_args, fix)
    given = dict(locals())
    asked = _asked("search", given)
    if strategy in MULTI_TRIAL:
        _found(search_by_trials(given, asked), output)
        return
    asked = {name: value for name, value in asked.items() if name not in TRIAL_OPTIONS}
    from nasreid.cli.data import frame_of
    from nasreid.training.search import Search

    frame = frame_of(data, layout, data_args, ("train",), skip_broken, quiet)
    budget = budget_of(epochs, p, k, height, width)
    run = Search(space, space_args, strategy, strategy_args, seed, budget,
                 optimiser_of(lr, optimiser, schedule, momentum, weight_decay, warmup_epochs, milestones, head_factor),
                 augment_of(height, width, flip, pad, erase, erase_fill, jitter, patch, decoder),
                 engine_of(workers, device, precision, checkpoint_seconds, quiet, cache_mib, channels_last), neck,
                 objectives, architecture_objectives, validate_every, take, init)
    if images is not None:
        run = run.within(images, frame)
    _found(run.run(frame, output, force, asked), output)



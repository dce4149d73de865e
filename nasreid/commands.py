"""The commands, as functions with annotated arguments; whatever is heavy is imported inside."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

from nasreid.commands_data import Broken, Data, DataArgs, Layout, Quiet, Seed, checked_frame
from nasreid.commands_trials import TRIAL_OPTIONS, Fix, fixed, search_by_trials
from nasreid.errors import NasreidError
from nasreid.options import (
    Cache,
    Channels,
    Checkpoints,
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
    Milestones,
    Momentum,
    Output,
    P,
    Pad,
    Patch,
    Precision,
    Published,
    Schedule,
    Warmup,
    Width,
    Workers,
    augment_of,
    budget_of,
    engine_of,
    optimiser_of,
)  # fmt: skip
from nasreid.plugins import MULTI_TRIAL

if TYPE_CHECKING:
    from nasreid.genotype import Genotype
    from nasreid.retrain import Retrain

RECIPES = Path(__file__).parent / "recipes"


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
    from nasreid.search import Search

    frame = checked_frame(data, layout, data_args, ("train",), skip_broken, quiet)
    budget = budget_of(epochs, p, k, height, width)
    run = Search(space, space_args, strategy, strategy_args, seed, budget,
                 optimiser_of(lr, optimiser, schedule, momentum, weight_decay, warmup_epochs, milestones, head_factor),
                 augment_of(height, width, flip, pad, erase, erase_fill, jitter, patch, decoder),
                 engine_of(workers, device, precision, checkpoint_seconds, quiet, cache_mib, channels_last), neck,
                 objectives, architecture_objectives, validate_every, take, init)
    if images is not None:
        run = run.within(images, frame)
    _found(run.run(frame, output, force, asked), output)


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
    from nasreid.catalogue import find

    record = find(genotype)
    frame = checked_frame(data, layout, data_args, ("train",), skip_broken, quiet)
    run = training(record, given)
    run.run(frame, output, force, _asked("retrain", given))
    print(f"network: {Path(output) / 'network.safetensors'}")


def training(record: Genotype, options: dict[str, Any]) -> Retrain:
    """The training of a genotype under options of the command retrain, as in a recipe; the others have its defaults."""
    from nasreid.retrain import OBJECTIVES, Retrain

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


def evaluate(*, run: Annotated[str, "run folder of a retraining"], data: Data, layout: Layout = "market1501",
             data_args: DataArgs = {},  # noqa: B006
             space: Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"] = None,
             height: Annotated[int | None, "pixels; default: as it was trained"] = None,
             width: Annotated[int | None, "pixels; default: as it was trained"] = None,
             normalise: Annotated[str, "L2-normalise the vectors: yes or no"] = "yes",
             protocol: Annotated[str | None, "how to score; default: the layout's (nasreid list)"] = None,
             protocol_args: Annotated[dict, "its options, as JSON or --protocol-args.NAME VALUE"] = {},  # noqa: B006
             all_trials: Annotated[bool, "trials 1 to 10 of the data set with this one network, for cross-domain "
                                         "scores"] = False,
             rerank: Annotated[bool, "k-reciprocal re-ranking"] = False,
             rerank_args: Annotated[dict, "its options: k1, k2, weight, power"] = {},  # noqa: B006
             decoder: Annotated[str | None, "fast or pillow; default: as it was trained"] = None,
             batch_size: Annotated[int, "images at a time"] = 64, workers: Workers = 0, device: Device = "auto",
             skip_unmatched: Annotated[bool, "skip queries without a valid match, instead of refusing them"] = False,
             output: Annotated[str | None, "write the scores to this .json file"] = None,
             pictures: Annotated[str | None, "draw ranked lists to this .png file"] = None,
             skip_broken: Broken = False, quiet: Quiet = False,
             config: Annotated[str | None, "recipe"] = None) -> None:
    """Score a trained network: CMC, mAP and mINP under the data set's protocol."""
    from nasreid.data.datasets import protocol_of
    from nasreid.protocols import made, rows_of
    from nasreid.reranking import Rerank
    from nasreid.scoring import lines, save_scores, score_run

    unit = _yes("normalise", normalise)
    again = made("re-ranking", Rerank, {"normalise": unit, **rerank_args}) if rerank else None
    rows = rows_of(protocol or protocol_of(layout), **protocol_args)
    trials = [{**data_args, "trial": trial} for trial in range(1, 11)] if all_trials else [data_args]
    frames = [checked_frame(data, layout, options, ("query", "gallery", "test"), skip_broken, quiet)
              for options in trials]
    where = engine_of(workers, device, "32-true", 0, quiet).torch_device().type
    scores = score_run(frames, rows, run, layout, space, height, width, unit, batch_size, workers, where,
                       skip_unmatched, pictures, quiet, decoder, again)
    if output is not None:
        save_scores(scores, output)
    print("\n\n".join("\n".join(lines(row)) for row in scores))


def export(file: Annotated[str, "checkpoint (.pth) of an official release"], /, *,
           from_official: Annotated[str, "msinet, osnet, osnet-ibn, osnet-ain, cm-nas, cm-nas-baseline or "
                                         "torchvision-resnet50"],
           output: Annotated[str, ".safetensors file to write; its genotype is written beside it, as .json"],
           genotype: Annotated[str | None, "genotype.json or name of the network to fill; default: the published "
                                           "one, cm-nas-sysu for cm-nas, one-stream for torchvision-resnet50"] = None,
           supernet: Annotated[bool, "fill the open space with all candidates, for search --init"] = False,
           config: Annotated[str | None, "recipe"] = None) -> None:
    """Convert an official checkpoint to our names; runs no code that is in it."""
    from nasreid.catalogue import find
    from nasreid.from_official import convert

    print(convert(from_official, file, output, None if genotype is None else find(genotype), supernet))
    print(f"weights: {output}")


def show(*, config: Annotated[str | None, "recipe"] = None) -> None:
    """List spaces, strategies, objectives, genotypes by name, recipes, data layouts and protocols."""
    from nasreid.catalogue import names
    from nasreid.data.datasets import LAYOUTS, PROTOCOLS
    from nasreid.plugins import BASES, complete

    for folder in BASES:
        print(folder)
        for name, cls in complete(folder).items():
            print(f"  {name:14} {(cls.__doc__ or '').strip().splitlines()[0]}")
    print("strategies by trials, from NNI\n  " + "  ".join(MULTI_TRIAL))
    print("genotypes (SEED: a number, BLOCK: s11, s21 to s53)")
    for space, row in names().items():
        print(f"  {space:14} {'  '.join(row)}")
    print("recipes\n  " + "  ".join(sorted(p.stem for p in RECIPES.glob("*.yaml"))))
    print("layouts, and their protocols\n  " + "  ".join(f"{name} ({PROTOCOLS[name]})" for name in LAYOUTS))


def demo(*, output: Annotated[str, "folder for everything the demonstration makes"] = "runs/demo",
         seed: Seed = 0, quiet: Quiet = False, config: Annotated[str | None, "recipe"] = None) -> None:
    """People, search, diagram, retraining, evaluation and a table, in minutes on two cores."""
    from nasreid.demo import run

    run(Path(output), seed, quiet)


def recipe_path(name: str) -> Path:
    """A YAML file, or the shipped recipe of that name."""
    shipped = RECIPES / f"{name}.yaml"
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return Path(name)
    if not shipped.is_file():
        known = ", ".join(sorted(path.stem for path in RECIPES.glob("*.yaml")))
        raise NasreidError(f"recipe {name!r}: expected a YAML file or one of {known}")
    return shipped


def _found(genotype: Genotype, output: str) -> None:
    from nasreid.diagram import text

    print(text(genotype))
    print(f"genotype: {Path(output) / 'genotype.json'}")


def _asked(command: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What config.yaml keeps: every argument that shapes the result, and not how it is executed."""
    how = ("output", "force", "quiet", "config", "workers", "checkpoint_seconds", "cache_mib", "fix")
    return {"command": command, **{name: value for name, value in arguments.items() if name not in how}}


def _yes(name: str, value: str) -> bool:
    if value not in ("yes", "no"):
        raise NasreidError(f"{name} {value!r}; expected yes or no")
    return value == "yes"

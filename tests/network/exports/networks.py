"""Networks that are small enough to be exported in a test."""

from pathlib import Path

import torch
import yaml

from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.network.exports.portable import Portable, seen
from nasreid.network.exports.record import Record
from nasreid.network.trained import WEIGHTS, Trained
from nasreid.network.weights import save_weights
from nasreid.run import CONFIG, RESULT

SIZE = (32, 16)
THEIRS = "tests.spaces_for_tests:Tiny"


def trained(space, arguments, choices, neck="auto"):
    genotype = Genotype(space, arguments, choices, {"neck": neck})
    return Trained(Path(WEIGHTS), genotype, *SIZE, "fast", False, None, neck)


def tiny():
    """A third party's space."""
    return trained(THEIRS, {"width": 8}, {"block1": "conv", "block2": "depthwise", "block3": "skip"})


def separated(mixed=True):
    """BN separation over the same: a space inside another."""
    inside = tiny().genotype
    choices = {**inside.choices, "stem.1": "separate" if mixed else "share"}
    return trained("BNSeparation", {"inner": inside.space, "inner_args": inside.arguments}, choices)


def network_of(made, after_neck=False, space=None):
    """Its network with statistics and weights that are not those of the start."""
    confirmed = space or (THEIRS if THEIRS in str(made.genotype) else None)
    network = built(made.genotype, made.neck, confirmed, seed=1)
    drawn = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
                module.running_mean.copy_(torch.randn(module.num_features, generator=drawn) * 0.1)
                module.running_var.copy_(torch.rand(module.num_features, generator=drawn) + 0.5)
        for name, value in network.named_parameters():
            if name.endswith("gamma"):  # an attention that does nothing at the start
                value.fill_(0.5)
    network.after_neck = after_neck
    return network.eval()


def portable(made, modality=None, baked=False, after_neck=False):
    """(the network as it is exported, its record)."""
    network = network_of(made, after_neck)
    found = Portable(network, modality or seen(network), baked)
    return found, Record.of(made.genotype, made.height, made.width, network, modality=found.modality, baked=baked)


def run_folder(folder, made, network):
    """The folder of a finished retraining that never was."""
    folder.mkdir(parents=True)
    made.genotype.save(folder / "genotype.json")
    options = {"data": "none", "layout": "market1501", "height": made.height, "width": made.width, "neck": made.neck}
    (folder / CONFIG).write_text(yaml.safe_dump({"nasreid": "0.1.0", "retrain": options}))
    save_weights(network, folder / WEIGHTS)
    (folder / RESULT).write_text("{}")
    return folder

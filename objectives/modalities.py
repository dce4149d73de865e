"""Which images of a batch are visible, which infrared, and which belong together."""

from __future__ import annotations

import torch
from torch import Tensor

from nasreid.batch import Batch
from nasreid.errors import NasreidError
from nasreid.waits import sent


def modality_of(batch: Batch, who: str) -> Tensor:
    """infrared (N,) bool, on the CPU, of a batch with both modalities; else NasreidError in the name of `who`."""
    if batch.modality is None or batch.modality.all() or not batch.modality.any():
        which = "infrared" if batch.modality is not None and batch.modality.all() else "visible"
        raise NasreidError(f"{who}: a batch of {which} images only; expected visible and infrared ones")
    return batch.modality.cpu()


def side(infrared: Tensor, device: torch.device) -> Tensor:
    """A mask (N,) bool of the CPU -> the rows (n,) where it holds, on the device."""
    return sent(infrared.nonzero().squeeze(1), device)


def check_both(groups: Tensor, infrared: Tensor, what: str) -> None:
    """Raise NasreidError unless every one of the groups (N,) has both modalities, infrared (N,) bool; on the CPU."""
    labels = groups.unique()
    for side, name in ((~infrared, "visible"), (infrared, "infrared")):
        lacking = labels[~torch.isin(labels, groups[side])]
        if len(lacking):
            raise NasreidError(f"{what} {int(lacking[0])} has no {name} image in the batch; expected some of each "
                               "modality")


def paired(batch: Batch, who: str) -> tuple[Tensor, Tensor]:
    """Rows of the visible and of the infrared images, (n,) each, on the batch's device; equal places, one identity.

    Raises:
        NasreidError: an identity has not as many visible as infrared images.
    """
    infrared = modality_of(batch, who)
    labels = batch.labels.unique()
    visible, other = ((batch.labels[side, None] == labels).sum(0) for side in (~infrared, infrared))  # (C,)
    if not torch.equal(visible, other):
        at = int((visible != other).nonzero()[0])
        raise NasreidError(f"{who}: identity {int(labels[at])} has {int(visible[at])} visible and {int(other[at])} "
                           "infrared images in the batch; expected as many of each")
    order, device = batch.labels.argsort(stable=True), batch.identities.device
    return sent(order[~infrared[order]], device), sent(order[infrared[order]], device)

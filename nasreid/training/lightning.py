"""Lightning drives the steps of a loop on one device: the only file that imports it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable
from typing import Any

import torch

from nasreid.data.batches.stream import PackedStep, Step
from nasreid.training.engine import Engine
from nasreid.training.loop import Loop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pytorch_lightning as lightning


class _Module(lightning.LightningModule):
    """Hands each batch to the loop; the optimisers step by hand."""

    def __init__(self, loop: Loop):
        super().__init__()
        self.automatic_optimization = False
        self.loop = loop
        self.network, self.twins = loop.stepper.network, loop.stepper.twins

    def transfer_batch_to_device(self, batch: PackedStep, device: torch.device, dataloader_idx: int) -> Step:
        return batch.to(device)

    def training_step(self, batch: Step, batch_idx: int) -> None:
        self.loop.step(batch, self.manual_backward)

    def configure_optimizers(self) -> None:
        return None


def drive(loop: Loop, steps: Iterable[PackedStep], engine: Engine) -> None:
    """Run the remaining steps of a loop under Lightning, on one device."""
    if loop.next_step >= len(loop.plan):
        return
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with loop.running(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options: dict[str, Any] = {"accelerator": engine.torch_device().type, "precision": engine.precision}
        trainer = lightning.Trainer(max_epochs=1, devices=1, logger=False, enable_checkpointing=False,
                                    enable_progress_bar=False, enable_model_summary=False,
                                    use_distributed_sampler=False, **options)
        trainer.fit(_Module(loop), train_dataloaders=steps)

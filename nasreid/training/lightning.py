"""Lightning drives the steps of a run, on one device for each process: the only file that imports it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable

import torch

from nasreid.arguments import Options
from nasreid.data.batches.stream import PackedStep, Step
from nasreid.training.engine import Engine
from nasreid.training.following import Following
from nasreid.training.recording import Recording

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pytorch_lightning as lightning
    from pytorch_lightning.plugins import environments


class _Module(lightning.LightningModule):
    """Hands each batch to the recorded loop; the optimisers step by hand."""

    def __init__(self, recording: Recording | Following, engine: Engine):
        super().__init__()
        self.engine = engine
        self.automatic_optimization = False
        self.recording = recording
        self.network, self.twins = recording.loop.stepper.network, recording.loop.stepper.twins

    def transfer_batch_to_device(self, batch: PackedStep, device: torch.device, dataloader_idx: int) -> Step:
        return self.engine.sent(batch)

    def on_train_start(self) -> None:
        self.recording.signals.listen()  # by now the trainer listens itself, and would end the process with status 0

    def training_step(self, batch: Step, batch_idx: int) -> None:
        self.recording.step(batch, self.manual_backward)

    def configure_optimizers(self) -> None:
        return None


def drive(recording: Recording | Following, steps: Iterable[PackedStep], engine: Engine) -> None:
    """Run the remaining steps under Lightning, on the device of this process, and write them down."""
    if recording.loop.next_step >= len(recording.loop.plan):
        return
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with recording.running(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # in double precision all is double already; Lightning's plugin would convert what it knows, and no batch
        precision = "32-true" if engine.precision == "64-true" else engine.precision
        kind = engine.torch_device().type
        options: Options = {"accelerator": kind, "precision": precision,
                            "devices": [torch.cuda.current_device()] if kind == "cuda" else 1}
        # each process alone, whoever launched it: Lightning's own ways of sharing a step do not fit these steps
        alone = environments.LightningEnvironment()  # pyright: ignore[reportPrivateImportUsage]
        trainer = lightning.Trainer(max_epochs=1, plugins=alone, logger=False, enable_checkpointing=False,
                                    enable_progress_bar=False, enable_model_summary=False,
                                    use_distributed_sampler=False, **options)
        trainer.fit(_Module(recording, engine), train_dataloaders=steps)

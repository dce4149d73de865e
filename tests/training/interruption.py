"""A run that is interrupted at a step."""

import signal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nasreid.errors import Interrupted
from nasreid.training.recording import Recording


def interrupted(run: Any, frame: pd.DataFrame, folder: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Let `run` run into a folder until a signal comes at a step."""
    step = Recording.step

    def interrupt(self, batch, backward=None):
        self.signals.number = signal.SIGINT if batch.index == at else None
        step(self, batch, backward)

    with monkeypatch.context() as patch:
        patch.setattr(Recording, "step", interrupt)
        with pytest.raises(Interrupted):
            run.run(frame, folder)

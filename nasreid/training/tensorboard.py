"""TensorBoard events of a run; after a restart the steps that are repeated are purged."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType


class Writer:
    """Scalars to an event file in `folder`, from `step` on."""

    def __init__(self, folder: Path, step: int):
        from torch.utils.tensorboard.writer import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=step or None)

    def scalar(self, name: str, value: float, step: int) -> None:
        """One value."""
        self._writer.add_scalar(name, value, step)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._writer.close()

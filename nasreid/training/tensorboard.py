"""TensorBoard events of a run; after a restart the steps that are repeated are purged."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from io import BytesIO
from itertools import count
from pathlib import Path
from types import TracebackType

from nasreid.drafts import Unwritable, append, make_folder


class Writer:
    """Scalars to an event file in `folder`, from `step` on; what is added is kept until `flush`.

    TensorBoard's own writer has a thread, whose faults nobody hears; this one raises Unwritable with the file's name.
    What a run learns goes to the same disk: a run that went on without its events would end with its next checkpoint.
    """

    def __init__(self, folder: Path, step: int):
        from tensorboard.compat.proto import event_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter

        make_folder(folder)
        stem = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}"
        self.path = next(path for number in count() if not (path := folder / f"{stem}.{number}").exists())
        self._pending = BytesIO()
        self._records = RecordWriter(self._pending)
        self._event = event_pb2.Event  # pyright: ignore[reportAttributeAccessIssue]  # protobuf makes it when loaded
        self._add(file_version="brain.Event:2")
        if step:
            self._add(step=step, session_log={"status": "START"})
        self.flush()

    def scalar(self, name: str, value: float, step: int) -> None:
        """One value."""
        self._add(step=step, summary={"value": [{"tag": name, "simple_value": value}]})

    def flush(self) -> None:
        """Append what was added since the last flush, as far as the disk."""
        append(self.path, self._pending.getvalue())
        self._pending.seek(0)
        self._pending.truncate()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        with suppress(*() if value is None else (Unwritable,)):  # what was raised before is the reason
            self.flush()

    def _add(self, **content: object) -> None:
        self._records.write(self._event(wall_time=time.time(), **content).SerializeToString())

"""What people say of a search by trials."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.ranges import EPOCHS, PROCESSES, real, whole


@dataclass(frozen=True)
class TrialOptions:
    """A search by trials (evolution, tpe, nsga2 and others)."""

    trials: Annotated[int, "trials of a search by trials"] = 20
    trial_epochs: Annotated[int | None, "epochs of each; default: epochs, divided among them"] = None
    validation: Annotated[float, "share of the training identities held out to score trials"] = 0.25
    concurrent: Annotated[int, "trials at a time; evolution and tpe know so many fewer scores"] = 1
    evaluator: Annotated[str, "of trials: retrain, or supernet (shared weights)"] = "retrain"
    supernet: Annotated[str | None, "run folder of the one-shot search whose weights are shared"] = None
    supernet_strategy: Annotated[str | None, "in place of such a folder: a one-shot strategy that comes first, on the "
                                             "identities that are not held out, such as SinglePath"] = None
    supernet_args: Annotated[Options, "its arguments"] = field(default_factory=dict)
    recalibration: Annotated[int, "images that give each architecture BatchNorm statistics of its own, with shared "
                                  "weights; 0: the supernet's"] = 512

    def __post_init__(self) -> None:
        judges = (self.supernet is not None) + (self.supernet_strategy is not None)
        if self.evaluator not in ("retrain", "supernet") or judges != (self.evaluator == "supernet"):
            raise NasreidError(f"evaluator {self.evaluator!r} with supernet {self.supernet!r} and supernet_strategy "
                               f"{self.supernet_strategy!r}: expected retrain and neither, or supernet and the run "
                               "folder of a one-shot search or the strategy of one")
        whole(self, 1, 1_000_000, "trials")
        whole(self, 0, 1_000_000, "recalibration")
        whole(self, *EPOCHS, "trial_epochs")
        real(self, 0, 1, "validation", open_above=True)
        whole(self, 1, PROCESSES[1], "concurrent")

    def epochs(self, every: int) -> int:
        """Epochs of one trial, of a search that has so many."""
        return max(1, every // max(1, self.trials)) if self.trial_epochs is None else self.trial_epochs

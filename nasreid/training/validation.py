"""Retrieval quality during a search, on training identities only: the test images stay unseen."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from nasreid.evaluation.protocol import Protocol
from nasreid.network.network import Network


def scorer(network: Network, frame: pd.DataFrame, height: int, width: int, every: int, epochs: int, workers: int,
           device: str, own: Protocol | None = None) -> Callable[[int], dict[str, float]]:
    """A function of the epoch -> {"validation_mAP": per cent} in every `every`-th epoch and the last, {} in others.

    frame: training rows; who of them asks and answers, and how they are scored, is the rule of
    `nasreid.evaluation.held_out`. own: the protocol of the data set, where it is known.
    """
    from nasreid.evaluation.evaluate import evaluate
    from nasreid.evaluation.held_out import first_asks, protocol

    rule = protocol(own)
    rows = first_asks(frame, rule)

    def score(epoch: int) -> dict[str, float]:
        if (epoch + 1) % every and epoch + 1 != epochs:
            return {}
        scores = evaluate(network, rows, height, width, workers=workers, device=device, progress=False, protocol=rule)
        return {"validation_mAP": 100 * scores.map}

    return score

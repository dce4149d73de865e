"""Vectors of length one cost nothing."""

from nasreid.objective import Objective


class Norm(Objective):
    """Mean of (|v| - length)^2 over the vectors v. length: what costs nothing."""

    def __init__(self, length: float = 1.0):
        super().__init__()
        self.length = length

    def forward(self, embedding, batch):
        return (embedding.vectors.norm(dim=1) - self.length).square().mean()  # (N, D) -> ()

"""An objective on the second, local feature."""

from torch import Tensor

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objective import Objective


class Local(Objective):
    """Let an objective see `Embedding.local` in place of the embedding; MSINet's loss is the sum over both features.

    Args:
        objective: what to apply to the local feature; without `needs_start`, as start is given the global feature.
    """

    def __init__(self, objective: Objective) -> None:
        super().__init__()
        if objective.needs_start:
            name = type(objective).__name__
            raise NasreidError(f"local: {name} starts from vectors of the global feature; expected one without a start")
        self.objective = objective
        self.needs_two_images = objective.needs_two_images
        self.needs_two_identities = objective.needs_two_identities
        self.needs_modalities = objective.needs_modalities

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """The wrapped objective's loss of the local feature, a scalar.

        Raises:
            NasreidError: the embedding has no local feature.
        """
        return self.objective(_local(embedding), batch)

    def learn(self, embedding: Embedding, batch: Batch) -> None:
        """Pass the local feature on."""
        self.objective.learn(_local(embedding), batch)


def _local(embedding: Embedding) -> Embedding:
    if embedding.local is None:
        raise NasreidError("local: an embedding without a local feature; expected a neck with two features")
    return embedding.local

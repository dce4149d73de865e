"""Identity classification with a linear layer; MSINet, eq. 5."""

import torch.nn.functional as F
from torch import Tensor, nn

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objective import Objective


class CrossEntropy(Objective):
    """Cross-entropy of a linear classifier on `Embedding.neck`; MSINet, eq. 5.

    Args:
        classes: C, the number of identities.
        width: D, the width of what the classifier sees.
        smoothing: eps of label smoothing; the target is (1 - eps) onehot + eps / C (official retraining: 0.1).
        bias: whether the classifier has a bias (official: no in the search, yes in the retraining).
        std: standard deviation of the classifier's first weights (official: 0.001 in the search, 0.01 in retraining).

    State: `classifier`, a Linear from D to C.
    """

    reads_neck = True
    by_sample = True

    def __init__(
        self, classes: int, width: int, smoothing: float = 0.0, bias: bool = False, std: float = 0.001
    ) -> None:
        super().__init__()
        if not 0 <= smoothing < 1:
            raise NasreidError(f"cross entropy: smoothing={smoothing}; expected a number from 0 to below 1")
        self.smoothing = smoothing
        self.classifier = nn.Linear(width, classes, bias=bias)
        nn.init.normal_(self.classifier.weight, std=std)
        if bias:
            nn.init.zeros_(self.classifier.bias)

    def logits(self, embedding: Embedding) -> Tensor:
        """Scores of the classes: (N, C)."""
        return self.classifier(embedding.neck)

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """Eq. 5 with smoothed labels, for identities (N,); the mean over the batch, a scalar."""
        return F.cross_entropy(self.logits(embedding), batch.identities, label_smoothing=self.smoothing)

"""Strategies as a third party might write them: one without fault, and one for each law that breaks."""

import numpy as np
import torch

from nasreid.objective import Objective
from nasreid.relaxation import Softmax
from nasreid.strategy import Division, Part, Split, Strategy, Twins


class Classifier(Objective):
    """Cross-entropy of a linear classifier."""

    def __init__(self, classes, width):
        super().__init__()
        self.layer = torch.nn.Linear(width, classes)

    def forward(self, embedding, batch):
        return torch.nn.functional.cross_entropy(self.layer(embedding.neck), batch.identities)


def part(frame, rows):
    identities, labels = np.unique(frame["identity"].to_numpy()[rows], return_inverse=True)
    return Part(rows, labels, len(identities))


def halves(frame, rng):
    """Half of the images of each identity and modality."""
    order = rng.permutation(len(frame))
    keys = frame["identity"].astype(str) + frame["modality"]
    place = keys.iloc[order].groupby(keys.iloc[order]).cumcount().sort_index().to_numpy()
    return np.flatnonzero(place % 2 == 0), np.flatnonzero(place % 2)


class Halves(Division):
    def __call__(self, frame, rng):
        one, two = halves(frame, rng)
        return Split(part(frame, one), part(frame, two))


class Good(Strategy):
    """Half of each identity's images for either step, and one classifier."""

    relaxation = Softmax()
    division = Halves()

    def objectives(self, width, split):
        shared = Classifier(split.train.classes, width)
        return Twins(shared, shared)


class Deaf(Good):
    """Its split ignores the generator: it has one of its own."""

    def split(self, frame, rng):
        return super().split(frame, np.random.default_rng(7))


class Elsewhere(Good):
    """Its split draws from numpy's global generator."""

    def split(self, frame, rng):
        return super().split(frame, np.random)


class Overlap(Good):
    """Both halves have all images."""

    def split(self, frame, rng):
        rows = np.arange(len(frame))
        return Split(part(frame, rows), part(frame, rows))


class Labels(Good):
    """The labels of a half are those of the whole frame's identities, from 1."""

    def split(self, frame, rng):
        split = super().split(frame, rng)
        return Split(split.train, Part(split.validation.rows, split.validation.labels + 1, 10))


class Counting(Good):
    """Remembers how often it was asked."""

    def __init__(self):
        self.asked = 0

    def split(self, frame, rng):
        self.asked += 1
        return super().split(frame, rng)


class Invented(Good):
    """Chooses a candidate that does not exist."""

    def choose(self, probabilities, rng):
        return dict.fromkeys(probabilities, "best")


class Dice(Good):
    """Chooses with numpy's global generator."""

    def choose(self, probabilities, rng):
        return {label: str(np.random.choice(list(row))) for label, row in probabilities.items()}  # noqa: NPY002


class Frozen(Good):
    """A temperature of zero."""

    def temperature(self, epoch, epochs):
        return 0.0


class Lone(Good):
    """Images for the architecture step, and no objective."""

    def objectives(self, width, split):
        return Twins(Classifier(split.train.classes, width))


class Worst(Good):
    """Takes the weakest candidate."""

    def choose(self, probabilities, rng):
        return {label: min(row, key=row.__getitem__) for label, row in probabilities.items()}

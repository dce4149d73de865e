"""Objectives as a third party might write them: one without fault, and one for each law that breaks."""

import torch

from nasreid.errors import NasreidError
from nasreid.objective import Objective


class Good(Objective):
    """Vectors shall be short."""

    def forward(self, embedding, batch):
        return embedding.vectors.square().mean()


class Shape(Objective):
    """One number for each image."""

    def forward(self, embedding, batch):
        return embedding.vectors.square().mean(1)


class Order(Objective):
    """Only the first image counts."""

    def forward(self, embedding, batch):
        return embedding.vectors[0].square().mean()


class State(Objective):
    """Its forward moves a mean."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(16))

    def forward(self, embedding, batch):
        loss = (embedding.vectors - self.mean.to(embedding.vectors)).square().mean()
        self.mean += embedding.vectors.detach().mean(0).to(self.mean)
        return loss


class Twice(torch.autograd.Function):
    """Squares, with a gradient that is twice too large."""

    @staticmethod
    def forward(context, values):
        context.save_for_backward(values)
        return values.square()

    @staticmethod
    def backward(context, gradient):
        return 4 * context.saved_tensors[0] * gradient


class Gradient(Objective):
    """A gradient that is wrong."""

    def forward(self, embedding, batch):
        return Twice.apply(embedding.vectors).mean()


class NotANumber(Objective):
    """A gradient that is NaN: of the root of nothing."""

    def forward(self, embedding, batch):
        return (embedding.vectors - embedding.vectors).square().sum(1).sqrt().mean() + embedding.vectors.mean()


class Twins(Objective):
    """A gradient that is NaN where two images have the same vectors."""

    needs_two_images = True

    def forward(self, embedding, batch):
        vectors, labels = embedding.vectors, batch.identities
        self_pairs = torch.eye(len(vectors), dtype=vectors.dtype)
        distances = ((vectors[:, None] - vectors).square().sum(-1) + self_pairs).sqrt()
        same = (labels[:, None] == labels) * (1 - self_pairs)
        if not same.any():
            raise NasreidError("Twins: an identity has one image; expected two")
        return (distances * same).sum() / same.sum()


class Needs(Objective):
    """Compares images of one identity and does not say so."""

    def forward(self, embedding, batch):
        vectors, labels = embedding.vectors, batch.identities
        same = (labels[:, None] == labels) & ~torch.eye(len(labels), dtype=torch.bool)
        return (vectors @ vectors.T)[same].mean()


class Silent(Needs):
    """Says that it needs two images, and takes one all the same."""

    needs_two_images = True


class Reads(Good):
    """Says that it reads the neck, and reads the vectors."""

    reads_neck = True


class Memory(Objective):
    """Remembers the mean; `start` adds to what was there."""

    needs_start = True

    def __init__(self, width: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("ready", torch.tensor(False))

    def start(self, vectors, identities):
        self.mean += vectors.mean(0)
        self.ready.fill_(True)

    def forward(self, embedding, batch):
        if not self.ready:
            raise NasreidError("Memory: forward before start")
        return (embedding.vectors - self.mean).square().mean()

    def learn(self, embedding, batch):
        self.mean += embedding.vectors.mean(0)


class Hidden(Objective):
    """What it has learnt is not in its state."""

    def __init__(self):
        super().__init__()
        self.mean = 0.0

    def forward(self, embedding, batch):
        return (embedding.vectors - self.mean).square().mean()

    def learn(self, embedding, batch):
        self.mean += 0.1

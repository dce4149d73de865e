"""Softmax of the cubes: strong candidates sooner, weak differences later."""

import torch

from nasreid.relaxation import Relaxation


class Cube(Relaxation):
    """softmax((alpha + alpha^3) / temperature)."""

    def weights(self, alpha, noise, temperature):
        return torch.softmax((alpha + alpha**3) / temperature, dim=-1)

    def noise(self, candidates, generator):
        return torch.zeros(candidates)

    def probabilities(self, alpha):
        return torch.softmax(alpha + alpha**3, dim=-1)

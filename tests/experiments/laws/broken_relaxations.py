"""Relaxations as a third party might write them: one without fault, and one for each law that breaks."""

import torch

from nasreid.relaxation import Relaxation


def hot(index, soft):
    return torch.nn.functional.one_hot(torch.as_tensor(index), len(soft)).to(soft) + soft - soft.detach()


class Good(Relaxation):
    """One candidate, drawn with the softmax probabilities."""

    def weights(self, alpha, noise, temperature):
        return hot(self.index(alpha.detach(), noise), torch.softmax(alpha / temperature, -1))

    def noise(self, candidates, generator):
        uniform = torch.rand(candidates, generator=generator, dtype=torch.float64)
        return -torch.log(-torch.log(uniform.clamp(1e-12, 1 - 1e-12)))

    def index(self, alpha, noise):
        return int((torch.log_softmax(alpha.double(), -1) + noise.double()).argmax())


class TwoDraws(Good):
    """Its weights are at the strongest alpha, its index is drawn."""

    def weights(self, alpha, noise, temperature):
        return hot(int(alpha.argmax()), torch.softmax(alpha / temperature, -1))


class Precision(Good):
    """Its weights are drawn as the numbers come, its index in float64."""

    def weights(self, alpha, noise, temperature):
        soft = torch.softmax(alpha / temperature, -1)
        return hot((torch.log_softmax(alpha, -1) + noise).argmax(), soft)


class Soft(Good):
    """A softmax without chance; all candidates run."""

    def weights(self, alpha, noise, temperature):
        return torch.softmax(alpha / temperature, -1)

    def noise(self, candidates, generator):
        return torch.zeros(candidates)

    def index(self, alpha, noise):
        return None


class Sum(Soft):
    """Sigmoids: their sum is anything."""

    def weights(self, alpha, noise, temperature):
        return torch.sigmoid(alpha / temperature)


class Odds(Good):
    """Draws the candidates evenly, and its odds are those of the softmax."""

    def index(self, alpha, noise):
        return int(noise.argmax())


class Probabilities(Good):
    """Probabilities that are not normalised."""

    def probabilities(self, alpha):
        return alpha.exp()


class Start(Good):
    """One alpha too many at the start."""

    def start(self, candidates, generator):
        return torch.zeros(candidates + 1)


class Elsewhere(Good):
    """Noise from torch's global generator."""

    def noise(self, candidates, generator):
        return torch.rand(candidates, dtype=torch.float64)


class Cut(Soft):
    """No gradient reaches the alphas."""

    def weights(self, alpha, noise, temperature):
        return torch.softmax(alpha.detach() / temperature, -1)


class Upside(Soft):
    """Colder is softer."""

    def weights(self, alpha, noise, temperature):
        return torch.softmax(alpha * temperature, -1)

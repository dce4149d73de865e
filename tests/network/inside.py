"""A small space with a decision inside a candidate that is not the first."""

from torch import nn

from nasreid.space import SearchSpace, choice


class Inside(SearchSpace):
    """Nothing, or a convolution of one size or another."""

    def __init__(self):
        super().__init__()
        self.width = 4
        inside = choice("kernel", {"one": nn.Conv2d(4, 4, 1), "three": nn.Conv2d(4, 4, 3, padding=1)})
        self.stem = nn.Conv2d(3, 4, 1)
        self.op = choice("op", {"skip": nn.Identity(), "conv": inside})

    def maps(self, images, modality=None):
        return self.op(self.stem(images))

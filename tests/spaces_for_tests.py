"""A space small enough to try every law on, and a strategy of a third party."""

from torch import nn

from nasreid.space import SearchSpace, choice, inputs, layer, repeat, value


class Tiny(SearchSpace):
    """Three decisions on `width` channels; the last two share nothing."""

    def __init__(self, width: int = 8, blocks: int = 3):
        super().__init__()
        self.width = width
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, stride=4, padding=1), nn.BatchNorm2d(width), nn.ReLU())
        self.blocks = nn.ModuleList([self._block(i, width) for i in range(1, blocks + 1)])

    @staticmethod
    def _block(number: int, width: int) -> nn.Module:
        return choice(f"block{number}", {
            "conv": nn.Conv2d(width, width, 3, padding=1),
            "depthwise": nn.Conv2d(width, width, 3, padding=1, groups=width),
            "skip": nn.Identity(),
        })

    def maps(self, images, modality=None):
        maps = self.stem(images)
        for block in self.blocks:
            maps = block(maps)
        return maps


class Every(SearchSpace):
    """Every kind of decision in one space: nested, repeated, shared, a number, inputs."""

    def __init__(self, width: int = 8):
        super().__init__()
        self.width = width
        kernel, expansion = value("kernel", [3, 5]), value("expansion", [1, 2, 3])
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, stride=4, padding=1), nn.BatchNorm2d(width), nn.ReLU())
        self.stage = repeat("depth", lambda i: self._block(f"block{i + 1}", width, expansion * width, kernel), 2)
        end = choice("end", {"sigmoid": nn.Sigmoid(), "tanh": nn.Tanh()})
        self.gate = choice("gate", {"none": nn.Identity(), "gate": nn.Sequential(nn.Conv2d(width, width, 1), end)})
        self.last = layer(nn.Conv2d, width, width, kernel, padding=kernel // 2, groups=width)
        self.sum = inputs("sum", 3, 2)

    @staticmethod
    def _block(label, width, hidden, kernel):
        return nn.Sequential(
            layer(nn.Conv2d, width, hidden, 1, bias=False), layer(nn.BatchNorm2d, hidden), nn.ReLU(),
            choice(f"{label}.op", {"conv": layer(nn.Conv2d, hidden, width, kernel, padding=kernel // 2),
                                   "point": layer(nn.Conv2d, hidden, width, 1)}))

    def maps(self, images, modality=None):
        x = self.stem(images)
        y = self.stage(x)
        return self.sum(x, y * self.gate(y), self.last(y))

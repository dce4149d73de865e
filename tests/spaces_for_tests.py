"""A space small enough to try every law on, and a strategy of a third party."""

from torch import nn

from nasreid.space import SearchSpace, choice


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

# mine.py
from torch import nn

from nasreid.space import SearchSpace, choice


class Mine(SearchSpace):
    """Two stages; in each, a full convolution, a depthwise one or a dilated one."""

    def __init__(self, width: int = 32):
        super().__init__()
        self.width = width
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, stride=4, padding=1), nn.BatchNorm2d(width), nn.ReLU())
        self.stage1 = self.stage("stage1", width)
        self.stage2 = self.stage("stage2", width)

    def stage(self, label, width):
        return choice(label, {
            "full": nn.Conv2d(width, width, 3, padding=1),
            "depthwise": nn.Conv2d(width, width, 3, padding=1, groups=width),
            "dilated": nn.Conv2d(width, width, 3, padding=2, dilation=2),
        })

    def maps(self, images, modality=None):  # (N, 3, H, W) -> (N, width, H/4, W/4)
        return self.stage2(self.stage1(self.stem(images)).relu())

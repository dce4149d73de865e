"""A batch of 64 at 256 x 128, from JPEG files to the normalised tensor, against the usual Pillow pipeline, on one core.

Compare the rows of a group. The sizes of the files: Market-1501's, and about those of MSMT17. On a machine that others
use, too, add --benchmark-timer=time.process_time.
"""

import numpy as np
import pytest
import torch
from PIL import Image

from nasreid.data.batches.picture_set import PictureSet
from nasreid.data.batches.transforms import Augment
from nasreid.data.datasets import read
from nasreid.data.frame import relabel
from nasreid.data.people.synthesize import synthesize

HEIGHT, WIDTH, PAD, BATCH = 256, 128, 10, 64
MEAN, STD = (torch.tensor(row)[:, None, None] for row in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))


def usual(path, rng):
    """What a training script does with one picture: Pillow up to the tensor, torch from there."""
    image = Image.open(path).convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    padded = Image.new("RGB", (WIDTH + 2 * PAD, HEIGHT + 2 * PAD))
    padded.paste(image, (PAD, PAD))
    top, left = rng.integers(0, 2 * PAD + 1, size=2).tolist()
    image = padded.crop((left, top, left + WIDTH, top + HEIGHT))
    tensor = torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().to(torch.float32).div(255)
    tensor.sub_(MEAN).div_(STD)
    if rng.random() < 0.5:
        tensor[:, 40:140, 20:80] = 0
    return tensor


@pytest.fixture(scope="module", params=[(128, 64), (350, 150)], ids=["files of 128 x 64", "files of 350 x 150"])
def frame(request, tmp_path_factory):
    height, width = request.param
    root = tmp_path_factory.mktemp("people")
    synthesize(root, identities=8, test_identities=1, height=height, width=width)
    return read("market1501", root).query("split == 'train'").reset_index(drop=True)


@pytest.fixture
def one_core():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("way", ["usual", "ours, decoder pillow", "ours", "ours, from the cache"])
def bench_batch(benchmark, frame, way, one_core, request):
    benchmark.group = f"batch of {BATCH}, {request.node.callspec.params['frame']}"
    rows = np.arange(BATCH)
    decoder = "pillow" if way.endswith("pillow") else "fast"
    pictures = PictureSet(frame, relabel(frame["identity"]), Augment(HEIGHT, WIDTH, pad=PAD, decoder=decoder),
                          cache=2**30 if way.endswith("cache") else 0)  # fmt: skip

    def plain():
        rng = np.random.default_rng(0)
        return torch.stack([usual(path, rng) for path in frame["path"][:BATCH]])

    def ours():
        return pictures.batch(0, rows).to("cpu").images

    made = benchmark.pedantic(plain if way == "usual" else ours, rounds=9, iterations=1, warmup_rounds=1)
    assert made.shape == (BATCH, 3, HEIGHT, WIDTH)

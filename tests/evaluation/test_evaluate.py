import pandas as pd
import pytest
import torch
from PIL import Image
from torch import nn

from nasreid.errors import NasreidError
from nasreid.evaluation import evaluate as ev


class Colours(nn.Module):
    """The mean colour, centred by a BatchNorm that must not learn, as the vector of an image."""

    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(3)

    def vectors(self, images, modality=None):
        assert not torch.is_grad_enabled()
        return self.bn(images).mean((2, 3))


@pytest.fixture
def frame(tmp_path):
    red, green, blue = (220, 30, 20), (150, 200, 10), (30, 40, 230)
    rows = [
        (red, 1, 1, "query"), (green, 2, 1, "query"), (blue, 3, 1, "query"), (blue, 9, 1, "train"),
        (red, 1, 1, "gallery"), (red, 1, 2, "gallery"), (blue, 2, 3, "gallery"), (green, 2, 1, "gallery"),
    ]  # fmt: skip
    for i, (colour, *_) in enumerate(rows):
        Image.new("RGB", (9, 17), colour).save(tmp_path / f"{i}.png")
    table = pd.DataFrame([row[1:] for row in rows], columns=["identity", "camera", "split"])
    return table.assign(path=[str(tmp_path / f"{i}.png") for i in range(len(rows))], modality="visible")


def test_evaluates_a_network_on_image_files(frame, capfd):
    network = Colours()
    network.bn.weight.requires_grad_(False)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    scores = ev.evaluate(network, frame, 8, 4, batch_size=3, progress=False)
    assert (scores.queries, scores.skipped) == (2, 1)
    assert (scores.rank1, scores.cmc.tolist(), scores.map) == (0.5, [0.5, 0.5, 1.0, 1.0], (1 + 1 / 3) / 2)
    assert scores.protocol == ("market: single query, gallery images of the query's identity and camera removed; "
                               "euclidean, normalised vectors; ties by gallery order")
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert capfd.readouterr() == ("", "")


def test_batches_and_progress_change_nothing(frame):
    one = ev.evaluate(Colours(), frame, 8, 4, batch_size=1, progress=True)
    other = ev.evaluate(Colours(), frame, 8, 4, batch_size=64, progress=False)
    assert (one.cmc.tolist(), one.table()) == (other.cmc.tolist(), other.table())
    found = ev.vectors(Colours().eval(), frame, 8, 4, progress=False)
    assert found.shape == (8, 3)
    assert (found[3] == found[6]).all()


def test_a_missing_split_is_named(frame):
    with pytest.raises(NasreidError, match="no query images"):
        ev.evaluate(Colours(), frame[frame["split"] == "gallery"], 8, 4)


def test_a_missing_column_is_named_before_the_network_runs(frame):
    for column in ("camera", "path", "identity"):
        with pytest.raises(NasreidError, match=f"without column '{column}'"):
            ev.evaluate(None, frame.drop(columns=column), 8, 4)


def test_cameras_that_are_not_known_remove_nothing(frame):
    scores = ev.evaluate(Colours(), frame.assign(camera=-1), 8, 4, progress=False)
    assert (scores.queries, scores.skipped, scores.rank1) == (2, 1, 1.0)

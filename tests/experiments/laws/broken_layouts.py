"""Layouts as a third party might write them: one without fault, and one for each law that breaks."""

from itertools import count

import pandas as pd

from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Copy, Picture, known
from nasreid.data.layouts.source import Row, Source

NAMES = Grammar(r"(train|query|gallery)-(\d+)-(\d)-(\d+)\.png", "SPLIT-PERSON-CAMERA-SHOT.png", "train-12-1-0.png")


class Good(Layout):
    """Images named SPLIT-PERSON-CAMERA-SHOT.png."""

    protocol = "market"
    cameras = 6

    def read(self, root, skip_broken=False):
        source = Source(root, "good", ["images"], ["."], skip_broken)
        return source.frame(Row(path, int(match[2]), int(match[3]), match[1])
                            for path, match in source.pictures("", NAMES))

    def people(self, arguments):
        shown = [(f"{s.split}-{s.who}-{s.camera}-{s.shot}.png", s) for s in known(arguments)]
        return Copy("images", [Picture(path, s, Row(path, s.who, s.camera, s.split)) for path, s in shown])


class Columns(Good):
    """Calls the cameras something else."""

    def read(self, root, skip_broken=False):
        return super().read(root, skip_broken).rename(columns={"camera": "cam"})


class Kinds(Good):
    """Identities as text."""

    def read(self, root, skip_broken=False):
        frame = super().read(root, skip_broken)
        return frame.assign(identity=frame["identity"].astype(str))


class Unsorted(Good):
    """The rows come as they like."""

    def read(self, root, skip_broken=False):
        return super().read(root, skip_broken)[::-1].reset_index(drop=True)


class Leak(Good):
    """A person who is trained on is in the gallery, too."""

    def read(self, root, skip_broken=False):
        frame = super().read(root, skip_broken)
        first = frame.index[frame["split"] == "gallery"][0]
        frame.loc[first, "identity"] = frame.loc[frame["split"] == "train", "identity"].iloc[0]
        return frame


class Ghosts(Good):
    """A path that is no file."""

    def read(self, root, skip_broken=False):
        frame = super().read(root, skip_broken)
        return frame.assign(path=frame["path"] + "x")


class Fickle(Good):
    """Another camera each time."""

    numbers = count(1)

    def read(self, root, skip_broken=False):
        return super().read(root, skip_broken).assign(camera=next(Fickle.numbers))


class Nothing(Good):
    """An empty frame where nothing is."""

    def read(self, root, skip_broken=False):
        return super().read(root, skip_broken) if any(root.glob("*.png")) else pd.DataFrame()


class Any(Good):
    """Takes whatever option there is."""

    def __init__(self, **options):
        self.options = options


class Unscored(Good):
    """Says no protocol."""

    protocol = ""


class Others(Good):
    """Expects other rows of the embedded people than it reads."""

    def people(self, arguments):
        copy = super().people(arguments)
        return Copy(copy.folder, [Picture(p.path, p.sight, p.row._replace(camera=1)) for p in copy.pictures])


class Unwritten(Good):
    """Nobody writes it."""

    def people(self, arguments):
        return None

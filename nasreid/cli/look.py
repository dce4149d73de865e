"""nasreid gallery and nasreid embed: what a trained network finds, and its features."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd

from nasreid.arguments import Options
from nasreid.cli.commands import Completed, Sparing
from nasreid.configuration import Place
from nasreid.data.checked import verify
from nasreid.evaluation.extractor import Extractor
from nasreid.evaluation.features import check_output, pictures, save, save_stream
from nasreid.evaluation.protocols import of_layout
from nasreid.experiments.runs import DataSet
from nasreid.experiments.same_data import read_alike, unsaid
from nasreid.experiments.scoring import Reading
from nasreid.files import readable
from nasreid.genotype import Genotype
from nasreid.network.trained import check_retrained
from nasreid.pictures.gallery import Shown, look
from nasreid.progress import Counter


@dataclass(frozen=True)
class Gallery(Completed, Sparing):
    """Show what a network finds, where it looks, and its margin to the hardest negatives; or two beside each other."""

    run: Annotated[str, "run folder of a retraining"]
    data: DataSet
    against: Annotated[str | None, "run folder of another network, to compare with"] = None
    output: Annotated[str, "folder to fill"] = "gallery"
    queries: Annotated[int, "how many, evenly spread; 0 for all. More than 8 become HTML pages"] = 6
    top: Annotated[int, "images in each ranked list"] = 10
    negatives: Annotated[int, "hardest negatives of each query that the margin is over"] = 10
    per_page: Annotated[int, "queries on an HTML page"] = 25
    space: Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"] = None
    reading: Reading = Reading()

    @staticmethod
    def completed(given: Options) -> Options:
        """What was typed; the run's own data set is read as the run read it."""
        return read_alike(given, given.get("run"))

    def meaningless(self, given: Options) -> list[str]:
        """How the data set is read, where the run says it."""
        return unsaid(given)

    def __call__(self) -> None:
        runs = [self.run] if self.against is None else [self.against, self.run]
        for folder in runs:
            check_retrained(folder)
        protocol = of_layout(self.data.layout)[0]
        frame = self.data.frame("query", "gallery", "test", quiet=self.reading.quiet)
        names = [readable(Path(folder).resolve().name) for folder in runs]
        if len(set(names)) < len(names):
            names = [f"{name}-{number}" for number, name in enumerate(names, start=1)]
        networks = {name: extractor(folder, _confirmed(folder, self.space), self.reading)
                    for name, folder in zip(names, runs, strict=True)}
        shown = Shown(self.queries, self.top, self.negatives, self.per_page)
        for path in look(frame, protocol, networks, self.output, shown, self.reading.quiet):
            print(path)


@dataclass(frozen=True)
class Embed:
    """Write the features of every picture below a folder, with what was done to the pictures."""

    folder: Annotated[str, "folder of pictures, and of folders of them", Place]
    run: Annotated[str, "run folder of a retraining, or what nasreid export made of it: a folder, an .onnx file"]
    output: Annotated[str, ".npz file to write, .npy (in the memory of a part, names in a .json beside it), or "
                           ".parquet where pyarrow is installed"] = "features.npz"
    modality: Annotated[str, "of the pictures: visible or infrared"] = "visible"
    space: Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"] = None
    skip_broken: Annotated[bool, "leave out images that cannot be decoded, instead of refusing them"] = False
    reading: Reading = Reading()

    def __call__(self) -> None:
        check_output(self.output)
        found = pd.DataFrame({"path": pictures(self.folder)})
        network = extractor(self.run, self.space, self.reading)
        with Counter("check images", self.reading.quiet) as counter:
            found, dropped = verify(found, self.skip_broken, counter)
        names = [Path(path).relative_to(self.folder).as_posix() for path in found["path"]]
        said = {**network.preprocessing(), "modality": self.modality}
        if Path(self.output).suffix == ".npy":
            save_stream(self.output, network.stream(list(found["path"]), self.modality), names, said)
        else:
            save(self.output, network(list(found["path"]), self.modality, progress=not self.reading.quiet), names, said)
        print(f"features: {self.output}, {len(names)} x {network([]).shape[1]}"
              + (f", left out {len(dropped)} broken images" if dropped else ""))


def extractor(run: str, space: str | None, how: Reading) -> Extractor:
    """The network of a run folder as a function from pictures to features."""
    return Extractor(run, space, how.height, how.width, how.normalise, how.batch_size, how.workers, how.where(),
                     how.decoder)


def _confirmed(run: str, space: str | None) -> str | None:
    """`space` for the one of two networks that is of it."""
    path = Path(run) / "genotype.json"
    return space if path.is_file() and Genotype.load(path).space == space else None

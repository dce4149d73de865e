"""The commands that look at what was found and trained: draw, gallery, embed; whatever is heavy is imported inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from nasreid.cli.options import Broken, Data, DataArgs, Layout, Quiet
from nasreid.errors import NasreidError

if TYPE_CHECKING:
    from nasreid.genotype import Genotype

Run = Annotated[str, "run folder of a retraining"]
Space = Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"]
Height = Annotated[int | None, "pixels; default: as it was trained"]
Width = Annotated[int | None, "pixels; default: as it was trained"]
Normalise = Annotated[str, "L2-normalise the vectors: yes or no"]
Batch = Annotated[int, "images at a time"]
Workers = Annotated[int, "processes that prepare images; the result does not depend on it"]
Device = Annotated[str, "auto, cpu or gpu"]
Recipe = Annotated[str | None, "recipe"]


def draw(genotype: Annotated[str, "genotype.json, or a name such as msinet (nasreid list)"], /, *,
         output: Annotated[str, "an .svg, .png, .pdf or .dot file"] = "genotype.svg",
         against: Annotated[str | None, "another genotype.json or name: mark what differs"] = None,
         probabilities: Annotated[str, "shades of them: yes (those in the genotype, if any), no, or the "
                                       "probabilities.csv of a search, of which the last epoch counts"] = "yes",
         space: Annotated[str | None, "confirms a space from outside nasreid, which is then asked for its own "
                                      "picture"] = None,
         config: Recipe = None) -> None:
    """Draw a genotype, or the difference of two; nothing of it is executed."""
    from nasreid.network.catalogue import find
    from nasreid.pictures.diagram import diagram

    record = find(genotype)
    before = None if against is None else find(against)
    chances = None if against is not None and probabilities == "yes" else _chances(record, probabilities)
    diagram.draw(record, output, probabilities=chances, before=before, space=space or "")
    print(diagram.text(record))
    if before is not None:
        table = diagram.difference(before, record)
        print(table[table["changed"]].drop(columns="changed").to_string(index=False))
    print(f"drawing: {output}")


def gallery(*, run: Run, data: Data, layout: Layout = "market1501",
            data_args: DataArgs = {},  # noqa: B006
            against: Annotated[str | None, "run folder of another network, to compare with"] = None,
            output: Annotated[str, "folder to fill"] = "gallery",
            queries: Annotated[int, "how many, evenly spread; 0 for all. More than 8 become HTML pages"] = 6,
            top: Annotated[int, "images in each ranked list"] = 10,
            negatives: Annotated[int, "hardest negatives of each query that the margin is over"] = 10,
            per_page: Annotated[int, "queries on an HTML page"] = 25, space: Space = None, height: Height = None,
            width: Width = None, normalise: Normalise = "yes", batch_size: Batch = 64, workers: Workers = 0,
            device: Device = "auto", skip_broken: Broken = False, quiet: Quiet = False, config: Recipe = None) -> None:
    """Show what a network finds, where it looks, and its margin to the hardest negatives; or two beside each other."""
    from nasreid.cli.data import frame_of
    from nasreid.evaluation.extractor import Extractor
    from nasreid.pictures.gallery import look

    frame = frame_of(data, layout, data_args, ("query", "gallery"), skip_broken, quiet)
    runs = [run] if against is None else [against, run]
    names = [Path(folder).resolve().name for folder in runs]
    if len(set(names)) < len(names):
        names = [f"{name}-{number}" for number, name in enumerate(names, start=1)]
    networks = {name: Extractor(folder, _confirmed(folder, space), height, width, yes("normalise", normalise),
                                batch_size, workers, where(device)) for name, folder in zip(names, runs, strict=True)}
    for path in look(frame, networks, output, queries, top, negatives, per_page, quiet):
        print(path)


def embed(folder: Annotated[str, "folder of pictures, and of folders of them"], /, *, run: Run,
          output: Annotated[str, ".npz file to write, or .parquet where pyarrow is installed"] = "features.npz",
          modality: Annotated[str, "of the pictures: visible or infrared"] = "visible", space: Space = None,
          height: Height = None, width: Width = None, normalise: Normalise = "yes", batch_size: Batch = 64,
          workers: Workers = 0, device: Device = "auto", skip_broken: Broken = False, quiet: Quiet = False,
          config: Recipe = None) -> None:
    """Write the features of every picture below a folder, with what was done to the pictures."""
    import pandas as pd

    from nasreid.data.checked import verify
    from nasreid.evaluation.extractor import Extractor
    from nasreid.evaluation.features import check_output, pictures, save
    from nasreid.progress import Counter

    check_output(output)
    found = pd.DataFrame({"path": pictures(folder)})
    with Counter("check images", quiet) as counter:
        found, dropped = verify(found, skip_broken, counter)
    extractor = Extractor(run, space, height, width, yes("normalise", normalise), batch_size, workers, where(device))
    features = extractor(list(found["path"]), modality, progress=not quiet)
    names = [Path(path).relative_to(folder).as_posix() for path in found["path"]]
    save(output, features, names, {**extractor.preprocessing(), "modality": modality})
    print(f"features: {output}, {features.shape[0]} x {features.shape[1]}"
          + (f", left out {len(dropped)} broken images" if dropped else ""))


def yes(name: str, value: str) -> bool:
    """True for "yes", False for "no"."""
    if value not in ("yes", "no"):
        raise NasreidError(f"{name} {value!r}; expected yes or no")
    return value == "yes"


def where(device: str) -> str:
    """The torch device that auto, cpu or gpu means here."""
    from nasreid.training.engine import Engine

    if device not in ("auto", "cpu", "gpu"):
        raise NasreidError(f"device {device!r}; expected auto, cpu or gpu")
    return Engine(device=device).torch_device().type


def _confirmed(run: str, space: str | None) -> str | None:
    """`space` for the one of two networks that is of it."""
    from nasreid.genotype import Genotype

    path = Path(run) / "genotype.json"
    return space if path.is_file() and Genotype.load(path).space == space else None


def _chances(record: Genotype, source: str) -> dict[str, dict[str, float]] | None:
    """{label: {candidate: probability}} from the genotype, or of the last epoch of a table."""
    if source in ("yes", "no"):
        return record.provenance.get("probabilities") if source == "yes" else None
    from nasreid.files import read_table

    try:
        table = read_table(source, "label", "candidate")
        last = table[table["epoch"] == table["epoch"].max()]
    except (OSError, KeyError, ValueError) as error:
        raise NasreidError(f"probabilities {source!r}: expected yes, no or a search's probabilities.csv") from error
    found: dict[str, dict[str, float]] = {}
    for label, name, chance in zip(last["label"], last["candidate"], last["probability"], strict=True):
        found.setdefault(label, {})[name] = float(chance)
    return found

"""A trained network on its way out: exported, run as others will run it, proven, and only then put in its place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from nasreid.configuration import Place, Spelled
from nasreid.data.batches.packed import normalise
from nasreid.data.datasets import protocol_of
from nasreid.drafts import beside
from nasreid.errors import NasreidError
from nasreid.evaluation.proof import Pictures, Proof, proven
from nasreid.evaluation.proof_pictures import People, tested
from nasreid.evaluation.protocols import rows_of
from nasreid.experiments.model_card import write_card
from nasreid.experiments.runs import DataSet
from nasreid.experiments.same_data import read_alike
from nasreid.files import Document, read_json
from nasreid.network.exports.formats import Run, exported, suffix_of
from nasreid.network.exports.portable import IMAGES, MODALITY, Portable, seen
from nasreid.network.exports.precision import check_precision
from nasreid.network.exports.record import Record
from nasreid.network.exports.runtime import check_installed
from nasreid.network.exports.tracker import metadata, side_file
from nasreid.network.network import Network
from nasreid.network.trained import ONNX, Trained, retrained
from nasreid.ranges import real


@dataclass(frozen=True)
class Form:
    """What a network looks like from outside."""

    to: Annotated[str, "onnx, safetensors, torchscript, exported-program, pretrained (a folder), or weights under the "
                       "names of torchreid or of an official release (nasreid import-weights)"] = "onnx"
    modality: Annotated[str, "that the network will see: visible, infrared, both (a second input) or any; auto: both "
                             "where it tells them apart, else any"] = "auto"
    after_neck: Annotated[bool, "features after the neck instead of before it"] = False
    bake_preprocessing: Annotated[bool, "images are uint8 levels, which the network normalises itself"] = False
    precision: Annotated[str, "of an .onnx: float32, fp16, int8 (maps by their range in each batch), or "
                              "int8-static (by their range for other embedded people)"] = "float32"
    max_loss: Annotated[float, "of mAP in per cent, by a lower precision"] = 1.0
    accept_loss: Annotated[bool, "write it whatever it loses"] = False

    def __post_init__(self) -> None:
        real(self, 0, 100, "max_loss")
        check_precision(self.precision, self.to)


@dataclass(frozen=True)
class ExportRun:
    """A network of a run folder, in a form of others, with proof."""

    run_folder: Annotated[str, "run folder of a retraining", Place, Spelled("run")]
    form: Form = Form()
    space: Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"] = None
    scores: Annotated[str | None, "scores.json of nasreid evaluate --output, to be told inside the file"] = None
    test_data: Annotated[str | None, "root folder of a data set to prove it on; default: a few embedded people"] = None
    test_layout: Annotated[str | None, "its layout; default: as the run read it, else market1501"] = None

    def write(self, output: str | Path, quiet: bool = True) -> Proof:
        """Export, prove, put in place; a refused export leaves no file. quiet: no word of what is under way.

        Raises:
            NasreidError: the format, an operation of the network, or a difference that the proof has found.
        """
        output, form = Path(output), self.form
        self._check(output)
        made = retrained(self.run_folder)
        if made.weights.suffix == ONNX:
            raise NasreidError(f"run {self.run_folder!r} is an .onnx file already; expected a run folder")
        test = self._tested()  # before what takes a minute
        network = self._network(made)
        record = Record.of(made.genotype, made.height, made.width, network.source, modality=network.modality,
                           baked=network.baked, precision=form.precision,
                           decoder=made.decoder, layout=made.layout, scores=self._scores())
        both, folder = network.modality == "both", form.to == "pretrained"
        say = _silent if quiet else _said
        say(f"export to {form.to}: the network is converted, a minute or more where it is large")
        left = exported(form.to, made, network, record, self.space, _calibration(made, network))
        say("it is run beside the original, in batches of several sizes")
        with beside(output, folder) as draft, self._side(output) as side, _pictures(test, made, both) as pictures:
            left.save(draft, record)
            proof = self._judged(proven(self._here(made), left.load(draft), pictures, network.baked, both))
            said = record.proven(proof.document())
            left.save(draft, said)
            if folder:
                write_card(draft, said, network.source, self.space)
            if side is not None:
                side.write_text(metadata(record, output.stem), encoding="utf-8")
        return proof

    def _judged(self, proof: Proof) -> Proof:
        form = self.form
        if form.precision == "float32":
            return proof.check()
        return proof if form.accept_loss else proof.check_loss(form.max_loss)

    def _network(self, made: Trained) -> Portable:
        network, form = self._read(made), self.form
        return Portable(network, seen(network) if form.modality == "auto" else form.modality, form.bake_preprocessing)

    def _read(self, made: Trained) -> Network:
        network = made.network(self.space)
        network.after_neck = self.form.after_neck or network.after_neck
        return network

    def _here(self, made: Trained) -> Run:
        """The network as `nasreid embed` runs it, read anew: what the export does to its own does not reach it."""
        network, infrared = self._read(made), self.form.modality == "infrared"

        def run(images: Tensor, modality: Tensor | None = None) -> Tensor:
            seen = images if images.is_floating_point() else normalise(images.permute(0, 2, 3, 1))
            return network.vectors(seen, torch.ones(len(images), dtype=torch.bool) if infrared else modality)

        return run

    def _check(self, output: Path) -> None:
        suffix = suffix_of(self.form.to, self.space)
        if output.suffix != suffix:
            raise NasreidError(f"output {str(output)!r}: expected "
                               + (f"a name that ends in {suffix}" if suffix else "a folder, a name without a suffix"))
        if self.form.to == "onnx":
            check_installed()

    def _scores(self) -> list[Document]:
        if self.scores is None:
            return []
        found = read_json(self.scores, "scores")
        rows = found.pop("rows", [found])
        if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("mAP"), int | float)
                                                 and isinstance(row.get("protocol"), str) for row in rows):
            raise NasreidError(f"scores {self.scores!r} have no mAP or no protocol; expected what nasreid evaluate "
                               "--output wrote")
        return [{name: value for name, value in row.items() if name not in ("cmc", "trial scores")} for row in rows]

    def _tested(self) -> tuple[pd.DataFrame, str] | None:
        """Queries and gallery of the data set to prove it on, and its layout; None: embedded people."""
        if self.test_data is None:
            return None
        said = {} if self.test_layout is None else {"layout": self.test_layout}
        data = DataSet(**read_alike({"data": self.test_data, **said}, self.run_folder))
        return tested(data.frame("query", "gallery", "test")), data.layout

    def _side(self, output: Path) -> AbstractContextManager[Path | None]:
        wanted = self.form.to == "onnx" and not self.form.bake_preprocessing  # a tracker normalises by itself
        return beside(side_file(output)) if wanted else nullcontext()


@contextmanager
def _pictures(test: tuple[pd.DataFrame, str] | None, made: Trained, mixed: bool) -> Iterator[Pictures]:
    if test is None:
        with People().drawn(made.height, made.width, made.decoder, mixed) as found:
            yield found
        return
    frame, layout = test
    yield Pictures(frame, rows_of(protocol_of(layout))[0], made.height, made.width, made.decoder)


def _said(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _silent(words: str) -> None:
    pass


def _calibration(made: Trained, network: Portable) -> Iterator[dict[str, np.ndarray]]:
    """Inputs of the graph from people that no proof sees; they are drawn when they are asked for."""
    both = network.modality == "both"
    with People(seed=1).drawn(made.height, made.width, made.decoder, both) as pictures:
        for given in pictures.inputs(network.baked, both):
            yield {name: x.numpy() for name, x in zip((IMAGES, MODALITY), given, strict=False)}

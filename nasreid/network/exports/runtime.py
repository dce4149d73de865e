"""An exported network in ONNX Runtime, with the face of a `nasreid.network.network.Network` that gives vectors."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.files import ordinary
from nasreid.network.exports.portable import FEATURES, IMAGES, MODALITY
from nasreid.network.exports.record import KEY, Record, read_record


class OnnxNetwork(nn.Module):
    """An .onnx file that `nasreid export` wrote, run on the CPU. Final.

    threads: of ONNX Runtime; default: as many as torch has here. Normalised images go in (a baked network gets their
    levels back), vectors come out.

    Raises:
        NasreidError: the file is missing or damaged, or is none of ours.
    """

    def __init__(self, path: str | Path, threads: int | None = None):
        super().__init__()
        check_installed()
        self.session = session(path, threads)
        source = repr(str(path))
        try:
            said = self.session.get_modelmeta().custom_metadata_map.get(KEY)
            self.record = read_record(said, source)
            _check(self.session, self.record, source)
        except UnicodeDecodeError as error:
            raise NasreidError(f"{source}: its names are no UTF-8 text ({error.reason}); expected a file as nasreid "
                               "export wrote it") from error
        self.features = ((self.record.features, self.record.features),)
        self.after_neck = self.record.after_neck

    def vectors(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) normalised, modality (N,) bool or None (all visible) -> vectors (N, D) float32."""
        record, number = self.record, len(images)
        infrared = torch.zeros(number, dtype=torch.bool) if modality is None else modality.cpu()
        if record.modality not in ("any", "both") and bool((infrared != (record.modality == "infrared")).any()):
            raise NasreidError(f"the network is exported for {record.modality} images; expected no others, or an "
                               "export --modality both")
        given = {IMAGES: self._goes_in(images).numpy()}
        if record.modality == "both":
            given[MODALITY] = infrared.numpy()
        return torch.from_numpy(self.run(given))

    def run(self, given: dict[str, Any]) -> Any:
        """{name of an input: array} -> features (N, D), as the file's own graph gives them."""
        height, width = given[IMAGES].shape[2:]
        if (height, width) != (self.record.height, self.record.width):
            raise NasreidError(f"images of {height} x {width}; expected {self.record.height} x {self.record.width} "
                               "pixels, for which the network is exported")
        try:
            return self.session.run([FEATURES], given)[0]
        except Exception as error:  # ONNX Runtime's own, without a base
            raise NasreidError(f"the network fails in ONNX Runtime: {_one_line(error)}; expected a file as nasreid "
                               "export wrote it") from error

    def forward(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """Refused: the maps stay inside."""
        raise NasreidError("an .onnx network gives features alone; expected a run folder, whose maps can be shown")

    def _goes_in(self, images: Tensor) -> Tensor:
        images = images.float().cpu().contiguous()
        if not self.record.baked:
            return images
        from nasreid.data.batches.packed import levels

        scale, shift = levels()
        return ((images - shift) / scale).round().clamp(0, 255).to(torch.uint8)


def check_installed() -> None:
    """NasreidError, before the work is done, unless what ONNX needs is there."""
    for package in ("onnx", "onnxscript", "onnxruntime"):
        if importlib.util.find_spec(package) is None:
            raise NasreidError(f"onnx needs the package {package}, which is not installed; expected pip install "
                               "'nasreid[onnx]'")


def session(path: str | Path, threads: int | None = None) -> Any:
    """ONNX Runtime's session of a file, or of a model's bytes; NasreidError where it does not load."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or torch.get_num_threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        place = ordinary(path, "network")
        if not place.is_file():
            raise NasreidError(f"network {str(path)!r} does not exist; expected an .onnx file")
        return onnxruntime.InferenceSession(str(place), options, providers=["CPUExecutionProvider"])
    except NasreidError:
        raise
    except Exception as error:  # ONNX Runtime has classes of its own for each fault, without a base
        raise NasreidError(f"network {str(path)!r} does not load in ONNX Runtime: {_one_line(error)}; expected an "
                           ".onnx file as nasreid export wrote it") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _check(made: Any, record: Record, source: str) -> None:
    names = [IMAGES, MODALITY][: 1 + (record.modality == "both")]
    found = [one.name for one in made.get_inputs()], [one.name for one in made.get_outputs()]
    if found != (names, [FEATURES]):
        raise NasreidError(f"{source}: inputs and outputs are {found[0]} and {found[1]}; expected {names} and "
                           f"{[FEATURES]}, as its own record says")
    kinds = ["tensor(uint8)" if record.baked else "tensor(float)", "tensor(bool)"][: len(names)]
    typed = [one.type for one in made.get_inputs()]
    if typed != kinds:
        raise NasreidError(f"{source}: what goes in is {typed}; expected {kinds}, as its own record says")
    size = made.get_inputs()[0].shape[1:], made.get_outputs()[0].shape[1:]
    if size != ([3, record.height, record.width], [record.features]):
        raise NasreidError(f"{source}: images are {size[0]} and features {size[1]}; expected "
                           f"{[3, record.height, record.width]} and {[record.features]}, as its own record says")

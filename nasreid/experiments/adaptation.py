"""From a domain with labels to one without: what an adaptation takes over from the run that it starts with."""

from __future__ import annotations

from pathlib import Path

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.names import located
from nasreid.network.trained import ONNX, retrained
from nasreid.run import PRETRAINED


def source_options(source: str | Path) -> Options:
    """Options of `nasreid retrain` as the finished run in a folder had them: network, weights, size of the pictures.

    Raises:
        NasreidError: there is no finished retraining.
    """
    place = located(source)
    if place.suffix == ONNX or (place / PRETRAINED).is_file():
        raise NasreidError(f"source {str(source)!r} is an export; expected the run folder of a retraining")
    run = retrained(place)
    return {"genotype": str(place / "genotype.json"), "init": str(run.weights), "neck": run.neck or "auto",
            "height": run.height, "width": run.width, "decoder": run.decoder, "channels_last": run.channels_last}

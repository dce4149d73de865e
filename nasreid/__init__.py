"""Compose search spaces for object re-identification, search them, and trust the comparison.

Importing this package loads neither torch nor NNI; its modules do.
"""

import os
import pkgutil
import tempfile
from typing import Any

__version__ = "0.1.0"

# Lightning brings torchmetrics, which imports matplotlib, which would write its font cache into the user's home.
_user = getattr(os, "getuid", int)()
os.environ.setdefault("MPLCONFIGDIR", os.path.join(tempfile.gettempdir(), f"nasreid-matplotlib-{_user}"))


def from_pretrained(place: str, space: str | None = None, **options: Any) -> Any:
    """A trained network as a function from pictures to features: a `nasreid.evaluation.extractor.Extractor`.

    place: a folder that `nasreid export --to pretrained` wrote, an .onnx file or a run folder. space confirms one from
    outside nasreid; options: the Extractor's others.
    """
    return pkgutil.resolve_name("nasreid.evaluation.extractor:Extractor")(place, space, **options)  # torch loads here


def save_pretrained(run: str, folder: str, space: str | None = None, **options: Any) -> Any:
    """Write what `from_pretrained` reads: `nasreid export RUN --to pretrained`, whose proof is returned.

    run: a finished retraining's folder. folder: a new one, for config.json, model.safetensors, and the model card
    README.md with genotype.svg. space: see `from_pretrained`; options: the others of
    `nasreid.experiments.exporting.ExportRun`, such as scores, a file of nasreid evaluate --output.
    """
    exporting = pkgutil.resolve_name("nasreid.experiments.exporting")
    return exporting.ExportRun(str(run), exporting.Form("pretrained"), space, **options).write(folder)

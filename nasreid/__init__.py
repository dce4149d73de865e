"""Compose search spaces for object re-identification, search them, and trust the comparison.

    frame = nasreid.read("market1501", "people")
    genotype = nasreid.Search(space="MSI").run(frame, "runs/search")
    network = nasreid.Retrain(genotype).run(frame, "runs/net")
    print(nasreid.evaluate(network, frame, 256, 128))
    nasreid.draw(genotype, "genotype.svg")
    features = nasreid.Extractor("runs/net")(["a.jpg", "b.jpg"])

Importing this package loads neither torch nor NNI; the names above do, when they are first asked for.
"""

import os
import pkgutil
import tempfile
from typing import Any

__version__ = "0.2.0"

# name: where it is; loaded when it is first asked for
_PLACES = {
    "Search": "nasreid.training.search:Search",
    "Retrain": "nasreid.training.retrain:Retrain",
    "Budget": "nasreid.training.engine:Budget",
    "Extractor": "nasreid.evaluation.extractor:Extractor",
    "Genotype": "nasreid.genotype:Genotype",
    "evaluate": "nasreid.evaluation.evaluate:evaluate",
    "read": "nasreid.data.datasets:read",
    "draw": "nasreid.pictures.diagram:draw",
}
__all__ = ["from_pretrained", "save_pretrained", *_PLACES]  # pyright: ignore[reportUnsupportedDunderAll]

# Lightning brings torchmetrics, which imports matplotlib, which would write its font cache into the user's home.
_user = getattr(os, "getuid", int)()
os.environ.setdefault("MPLCONFIGDIR", os.path.join(tempfile.gettempdir(), f"nasreid-matplotlib-{_user}"))


def from_pretrained(place: str, space: str | None = None, **options: Any) -> Any:
    """A trained network as a function from pictures to features: a `nasreid.evaluation.extractor.Extractor`.

    place: a folder that `nasreid export --to pretrained` wrote, an .onnx file or a run folder. space confirms one from
    outside nasreid; options: the Extractor's others.
    """
    return pkgutil.resolve_name(_PLACES["Extractor"])(place, space, **options)  # torch loads here


def save_pretrained(run: str, folder: str, space: str | None = None, **options: Any) -> Any:
    """Write what `from_pretrained` reads: `nasreid export RUN --to pretrained`, whose proof is returned.

    run: a finished retraining's folder. folder: a new one, for config.json, model.safetensors, and the model card
    README.md with genotype.svg. space: see `from_pretrained`; options: the others of
    `nasreid.experiments.exporting.ExportRun`, such as scores, a file of nasreid evaluate --output.
    """
    exporting = pkgutil.resolve_name("nasreid.experiments.exporting")
    return exporting.ExportRun(str(run), exporting.Form("pretrained"), space, **options).write(folder)


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'nasreid' has no attribute {name!r}; expected one of "
                             f"{', '.join(_PLACES)}, or a module of it that was imported")
    found = globals()[name] = pkgutil.resolve_name(_PLACES[name])
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})

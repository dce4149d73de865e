"""Arrays [{GENOTYPE}_]{eval|train}{case}_{what}: the retrained two-feature network."""

import re

from torch import Tensor, nn

from nasreid.batch import Embedding
from nasreid.mutation import freeze
from nasreid.network.necks import TwoFeatureNeck
from nasreid.network.network import Network
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.spaces.msi import MSI
from nasreid.spaces.msi_published import choices_of
from tests.oracle_adapters import settings
from tests.oracle_adapters.names import gradient_rows, load, official_names, ordered, state_rows
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.recipes import Unknown


class Retrained(nn.Module):
    """The network of twelve letters, with a classifier for each of its two features."""

    def __init__(self, letters: str, classes: int):
        super().__init__()
        frozen = freeze(settings.retrained_space(), choices_of(letters))
        assert isinstance(frozen, MSI)
        neck = TwoFeatureNeck(frozen.width, frozen.middle_width)
        self.network = Network(frozen, neck)
        self.main = CrossEntropy(classes, neck.fc.out_features, smoothing=0.1, bias=True)
        self.local = CrossEntropy(classes, neck.local_fc.out_features, smoothing=0.1, bias=True)

    def names(self) -> dict[str, Tensor]:
        """{official key: tensor}."""
        classifiers = {"classifier": self.main.classifier, "local_classifier": self.local.classifier}
        names = official_names(self.network)
        for prefix, classifier in classifiers.items():
            names |= official_names(classifier, prefix)
        return names


def run(oracle: Oracle) -> None:
    """Every genotype in evaluation and in training."""
    for letters, prefix, weights in _genotypes(oracle):
        model = Retrained(letters, classes(oracle, weights)).to(oracle.dtype)
        for case, name in enumerate(oracle.inputs("x_eval")):
            _evaluate(oracle, model, weights, oracle.tensor(name), f"{prefix}eval{case}")
        for case, name in enumerate(oracle.inputs("x_train")):
            _train(oracle, model, weights, oracle.tensor(name), f"{prefix}train{case}")


def _genotypes(oracle: Oracle) -> list[tuple[str, str, str]]:
    """(letters, prefix of its arrays, name of its weights): by the letters in the names, else in order."""
    letters = oracle.params["genotypes"]
    found = [re.match(r"(.*?)(?:eval|train)\d+_", name) for name in oracle.arrays]
    prefixes = list(dict.fromkeys(match.group(1) for match in found if match))
    weights = list(oracle.recipe["weights"])
    if len(prefixes) != len(letters) or len(weights) not in (1, len(letters)):
        raise Unknown(f"genotypes {letters} with the prefixes {prefixes} and the weights {weights}")
    tags = [prefix.rstrip("_") for prefix in prefixes]
    if all(any(word.startswith(tag) for tag in tags) for word in letters):
        prefixes = [next(f"{tag}_" if tag else "" for tag in tags if word.startswith(tag)) for word in letters]
    if len(weights) == 1:
        weights = weights * len(letters)
    elif all(any(prefix.rstrip("_") in name for name in weights) for prefix in prefixes):
        weights = [next(name for name in weights if prefix.rstrip("_") in name) for prefix in prefixes]
    return list(zip(letters, prefixes, weights, strict=True))


def manifest_of(oracle: Oracle) -> str:
    """The name of the only set of weights."""
    (name,) = oracle.recipe["weights"]
    return name


def classes(oracle: Oracle, weights: str, key: str = "classifier.weight") -> int:
    """Number of identities, from the shape of the official classifier."""
    return dict(oracle.manifest(weights))[key][0]


def _evaluate(oracle: Oracle, model: Retrained, weights: str, images: Tensor, name: str) -> None:
    load(model.names(), oracle.weights(weights, "eval"))
    model.eval()
    for after_neck, what in ((False, "feat"), (True, "transfer")):
        model.network.after_neck = after_neck
        oracle.check(f"{name}_{what}", model.network.vectors(images))


def _train(oracle: Oracle, model: Retrained, weights: str, images: Tensor, name: str) -> None:
    load(model.names(), oracle.weights(weights, "train"))
    model.train()
    model.zero_grad(set_to_none=True)
    out = model.network(images)
    assert isinstance(out.local, Embedding)
    outputs = {"v": out.vectors, "y": model.main.logits(out), "bn_v": out.neck}
    outputs |= {"fv": out.local.vectors, "fy": model.local.logits(out.local), "bn_fv": out.local.neck}
    for what, value in outputs.items():
        oracle.check(f"{name}_{what}", value)
    rows(oracle, f"{name}_bn_after", model.names(), weights)
    if f"{name}_pgrad" in oracle.arrays:
        oracle.objective(outputs).backward()
        rows(oracle, f"{name}_pgrad", model.names(), weights)


def rows(oracle: Oracle, array: str, names: dict[str, Tensor], weights: str) -> None:
    """Check an array of one row for each weight: gradients for `pgrad`, else states."""
    if array not in oracle.arrays:
        return
    words = oracle.recipe["row_keys"][array]
    order = ordered(oracle.manifest(weights), words)
    extra = [key for key in names if key not in dict(oracle.manifest(weights))]
    order = extra + order if words.startswith("floating") else order
    oracle.check(array, (gradient_rows if "pgrad" in array else state_rows)(names, order))

"""The relaxed IN placement space, its mixing weights alone, and the schedules of its search."""

import torch
from torch import Tensor

from nasreid.mutation import Supernet, freeze, relax
from nasreid.mutation.mixed import Relaxer
from nasreid.network.network import Network
from nasreid.optimisers import WeightOptimiser
from nasreid.plugins import construct
from nasreid.spaces.in_placement import InPlacement
from nasreid.spaces.in_placement_published import LABELS, PLACEMENTS
from nasreid.strategies.gumbel import Gumbel
from nasreid.strategies.gumbel_relu import GumbelReLU
from tests.oracle_adapters.names import load
from tests.oracle_adapters.networks import classes, manifest_of, rows
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.osnet import LETTERS, Classified, section

# parameter of the entry: our argument
ANNEALING = {"init": "temperature", "rate": "temperature_factor", "step": "temperature_epochs",
             "minl": "temperature_floor"}  # fmt: skip


class Given(GumbelReLU):
    """The official relaxation with given uniform draws, label by label."""

    def __init__(self, uniform: Tensor):
        super().__init__()
        self.uniform = uniform
        self.turn = 0

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        """The next row of the draws."""
        self.turn += 1
        return self.noise_of(self.uniform[(self.turn - 1) % len(self.uniform)])


class Searched(Classified):
    """The supernet as in the official code."""

    def __init__(self, uniform: Tensor, classes: int):
        recipe = section("osnet-ain-official", "search")
        space = InPlacement(**recipe["space_args"])
        supernet = relax(space, Given(uniform))
        super().__init__(space, classes, "osnet-ain", affine=recipe["neck"] != "fc-non-affine")
        self.supernet: Supernet = supernet

    def names(self) -> dict[str, Tensor]:
        """{official key: tensor}, the alphas of a block under `weights`."""
        return super().names() | {f"{label[:5]}.{int(label[-1]) - 1}.weights": alpha for label, alpha in self.alphas()}

    def alphas(self) -> list[tuple[str, Tensor]]:
        """(label, alpha) in the order of the blocks."""
        return [(label, self.supernet.alphas()[label]) for label in LABELS]

    def sample(self, temperature: float) -> None:
        """Weights of the next pass; the official code draws in evaluation, too."""
        for module in self.supernet.modules():
            if isinstance(module, Relaxer):
                module.train()
        self.supernet.draw(temperature, torch.Generator())


def supernet(oracle: Oracle) -> None:
    """Soft passes in both modes, one-hot alphas, and the derived network with the weights of the supernet."""
    weights = manifest_of(oracle)
    model = Searched(oracle.tensor("u"), classes(oracle, weights)).to(oracle.dtype)
    _start(oracle, model, "eval")
    oracle.check("weights", torch.stack([alpha for _, alpha in model.alphas()]))
    for temperature in oracle.params["lmdas"]:
        _evaluate(oracle, model, temperature)
        _train(oracle, model, temperature)
    _start(oracle, model, "eval")
    _derived(oracle, model)
    with torch.no_grad():
        for (_, alpha), letter in zip(model.alphas(), oracle.params["onehot"], strict=True):
            alpha.copy_(alpha.new_tensor([name == LETTERS[letter] for name in PLACEMENTS]))
    model.sample(1.0)
    oracle.check("onehot_eval", model.network.vectors(oracle.tensor("x_eval")))


def _start(oracle: Oracle, model: Searched, mode: str) -> None:
    load(model.names(), oracle.weights(manifest_of(oracle), mode))
    model.train(mode == "train")
    model.zero_grad(set_to_none=True)


def _evaluate(oracle: Oracle, model: Searched, temperature: float) -> None:
    _start(oracle, model, "eval")
    model.sample(temperature)
    vectors = model.network.vectors(oracle.tensor("x_eval"))
    oracle.check(f"soft_eval_{temperature:g}", vectors)
    oracle.objective({"y": vectors}).backward()
    _gradients(oracle, model, f"d_weights_eval_{temperature:g}")


def _train(oracle: Oracle, model: Searched, temperature: float) -> None:
    _start(oracle, model, "train")
    model.sample(temperature)
    logits = model.objective.logits(model.network(oracle.tensor("x_train")))
    oracle.check(f"soft_train_{temperature:g}", logits)
    rows(oracle, f"bn_after_{temperature:g}", model.names(), manifest_of(oracle))
    oracle.objective({"y": logits}).backward()
    _gradients(oracle, model, f"d_weights_{temperature:g}")
    rows(oracle, f"pgrad_{temperature:g}", model.names(), manifest_of(oracle))


def _gradients(oracle: Oracle, model: Searched, array: str) -> None:
    gradients = [alpha.grad for _, alpha in model.alphas()]
    oracle.check(array, torch.stack([gradient for gradient in gradients if gradient is not None]))


def _derived(oracle: Oracle, model: Searched) -> None:
    chosen = model.supernet.choices()
    oracle.check("argmax", [PLACEMENTS.index(chosen[label]) for label in LABELS])
    frozen = freeze(model.supernet.space, chosen)
    assert isinstance(frozen, InPlacement)
    oracle.check("child_eval", Network(frozen, model.network.neck).eval().vectors(oracle.tensor("x_eval")))


def gumbel(oracle: Oracle) -> None:
    """Mixing weights (n, L, K) and their derivatives (n, L, K, K) for each row of alphas and each temperature."""
    relaxation = construct(Gumbel, section("osnet-ain-official", "search")["strategy_args"]).relaxation
    assert isinstance(relaxation, GumbelReLU)
    alphas, uniform = oracle.cast(oracle.given("pi")), oracle.tensor("u")
    oracle.params.agree("n", len(alphas))
    values, derivatives = [], []
    for alpha, draw in zip(alphas, uniform, strict=True):
        noise = relaxation.noise_of(draw)
        for temperature in oracle.params["lmdas"]:
            def weights(a: Tensor, noise: Tensor = noise, temperature: float = temperature) -> Tensor:
                return relaxation.weights(a, noise, temperature)

            values.append(weights(alpha))
            derivatives.append(torch.autograd.functional.jacobian(weights, alpha))
    shape = (len(alphas), -1, alphas.shape[1])
    oracle.check("alpha", torch.stack(values).view(shape))
    oracle.check("jacobian", torch.stack(derivatives).view(*shape, alphas.shape[1]))


def schedules(oracle: Oracle) -> None:
    """Temperature and learning rate of each epoch of the search, and the rate of the fine-tuning."""
    recipe, epochs = section("osnet-ain-official", "search"), oracle.params["epochs"]
    given = {ours: oracle.params[name] for name, ours in ANNEALING.items() if name in oracle.params}
    strategy = construct(Gumbel, {**recipe["strategy_args"], **given})
    oracle.check("lmda", [strategy.temperature(epoch, epochs) for epoch in range(epochs)])
    base = oracle.number(r"rate per epoch from ([\d.]+\d)", recipe["lr"], "lr|lr_search")
    oracle.check("lr_search", _rates(oracle, "lr_search", recipe, base, oracle.params.get("max_epoch", epochs)))
    recipe = section("osnet-finetune", "retrain")
    base = oracle.number(r"and from ([\d.]+\d) over", recipe["lr"], "lr_finetune")
    over = int(oracle.number(r"and from [\d.]+ over (\d+)", recipe["epochs"], "epochs_finetune|finetune_epochs"))
    oracle.check("lr_finetune", _rates(oracle, "lr_finetune", recipe, base, over))


def _rates(oracle: Oracle, array: str, recipe: dict, base: float, over: int) -> list[float]:
    """The rate of every stored epoch of a cosine over `over` epochs, which officially rises again after them."""
    own = WeightOptimiser(base, warmup_epochs=recipe["warmup_epochs"], schedule=recipe["schedule"])
    epochs = range(len(oracle.arrays.get(array, ())))
    return [own.rate(over - abs(over - epoch % (2 * over)), over) for epoch in epochs]

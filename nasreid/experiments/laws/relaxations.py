"""The laws of a relaxation; see `nasreid.experiments.laws`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from nasreid.experiments.laws.chance import shaken, untouched
from nasreid.experiments.laws.law import about, close, keep, law, require
from nasreid.experiments.laws.states import state_of
from nasreid.relaxation import Relaxation, Turn

Make = Callable[[], Relaxation]
CANDIDATES = 4
DRAWS = 2500
NEAR = 0.05  # five standard deviations of a share among so many draws


def laws_of_relaxations(make: Make, seed: int = 0) -> list[partial[None]]:
    """All laws of a relaxation. make(): a new one."""
    checks = (check_start, check_probabilities, check_pure, check_weights, check_plain, check_one_draw, check_turns,
              check_odds, check_cold, check_hot, check_alpha_gradient)
    return [partial(check, make, seed) for check in checks]


def check_relaxation(make: Make, seed: int = 0) -> None:
    """All laws of a relaxation; raises BrokenLaw. make(): a new one."""
    keep(laws_of_relaxations(make, seed))


@law
def check_start(make: Make, seed: int = 0) -> None:
    """Raw alphas (K,) at the start are finite, and they and the noise (K,) follow from the generator alone."""
    for candidates in (2, 7):
        for name, draw in (("start", make().start), ("noise", make().noise)):
            drawn: list[Tensor] = []
            for shake in (1, 2):
                with about(f"{name} of {candidates} candidates"), shaken(shake), untouched(name):
                    drawn.append(draw(candidates, torch.Generator().manual_seed(seed)))
                    shape = tuple(drawn[-1].shape)
                    require(shape == (candidates,), f"shape {shape}, expected ({candidates},)")
            require(drawn[0].equal(drawn[1]), f"{name}: {told(drawn[0])}, then {told(drawn[1])} of the same generator")
        alpha = make().start(candidates, torch.Generator().manual_seed(seed))
        require(bool(alpha.isfinite().all()), f"start is {told(alpha)}")


@law
def check_probabilities(make: Make, seed: int = 0) -> None:
    """Probabilities (K,) and odds (K,) are not negative and sum to one, at the start and some steps later."""
    relaxation = make()
    for alpha in (relaxation.start(CANDIDATES, torch.Generator().manual_seed(seed)).double(), alphas(seed)):
        for name, row in (("probabilities", relaxation.probabilities(alpha)), ("odds", relaxation.odds(alpha))):
            with about(f"{name} {told(row)} of alphas {told(alpha)}"):
                require(row.shape == (CANDIDATES,), f"shape {tuple(row.shape)}")
                require(bool((row >= 0).all()), "one is negative")
                require(abs(float(row.sum()) - 1) < 1e-6, f"the sum is {float(row.sum()):.6g}")


@law
def check_pure(make: Make, seed: int = 0) -> None:
    """Nothing that is asked changes the relaxation or its arguments, or draws from a global generator."""
    relaxation, alpha, noise = make(), alphas(seed), noises(make(), seed)
    given, before = (alpha.clone(), noise.clone()), state_of(relaxation)
    calls = {"weights": lambda: relaxation.weights(alpha, noise, 1.0), "index": lambda: relaxation.index(alpha, noise),
             "running": lambda: relaxation.running(alpha, noise), "plain": lambda: relaxation.plain(alpha),
             "probabilities": lambda: relaxation.probabilities(alpha), "odds": lambda: relaxation.odds(alpha)}
    for name, call in calls.items():
        with untouched(name):
            call()
        require(state_of(relaxation) == before, f"{name} changed the relaxation")
        require(alpha.equal(given[0]) and noise.equal(given[1]), f"{name} changed alpha or noise")


@law
def check_weights(make: Make, seed: int = 0) -> None:
    """Weights (K,) are finite and not negative, whatever the temperature and the precision, and as a rule sum to one.

    Or to what `total` says; where that is None, each is at most one. In one draw of ten they may vanish: what rectified
    alphas do where all candidates are improbable.
    """
    relaxation, vanished = make(), 0
    for number in range(40):
        for dtype in (torch.float32, torch.float64):
            alpha, noise = alphas(seed + number).to(dtype), noises(relaxation, 100 * seed + number).to(dtype)
            for temperature in (0.2, 1.0, 9.0):
                weights = relaxation.weights(alpha, noise, temperature)
                with about(f"weights {told(weights)} at temperature {temperature}"):
                    require(weights.shape == (CANDIDATES,), f"shape {tuple(weights.shape)}")
                    require(bool(weights.isfinite().all()), "one is not finite")
                    require(bool((weights >= -1e-6).all()), "one is negative")
                    if relaxation.total is None:
                        require(bool((weights <= 1 + 1e-6).all()), "one is more than 1")
                        continue
                    odd = abs(float(weights.sum()) - relaxation.total) > 1e-4
                    vanished += odd and float(weights.sum()) < 0.5
                    require(not odd or float(weights.sum()) < 0.5, f"the sum is {float(weights.sum()):.6g}")
    require(vanished <= 24, f"{vanished} of 240 draws leave no candidate")


@law
def check_plain(make: Make, seed: int = 0) -> None:
    """The weights (K,) of an evaluation are not negative and have the sum of those that a supernet is trained with."""
    relaxation, alpha = make(), alphas(seed)
    plain = relaxation.plain(alpha)
    sums = [float(relaxation.weights(alpha, noises(relaxation, seed + n).to(alpha), 1.0).sum()) for n in range(40)]
    mean = sum(sums) / len(sums)
    with about(f"plain weights {told(plain)}"):
        require(plain.shape == alpha.shape and bool((plain >= 0).all()), "one is negative, or missing")
        have = float(plain.sum())
        require(abs(have - mean) < 0.2 * mean, f"the sum is {have:.6g}, in training {mean:.6g}")


@law
def check_one_draw(make: Make, seed: int = 0) -> None:
    """`weights`, `index` and `running` are the same draw: the weights are one-hot at an index, 0 where nothing runs.

    Whatever the temperature, in single and double precision, and where candidates are as good as tied.
    """
    relaxation = make()
    for dtype in (torch.float32, torch.float64):
        for number in range(50):
            noise = noises(relaxation, 100 * seed + number).to(dtype)
            spread = 10.0 ** -(number % 10)  # down to differences that float32 does not hold
            alpha = (1 + spread * (alphas(number) - 1)).to(dtype)
            for given in (noise, torch.where(noise.isinf(), noise, spread * noise)):
                drawn, some = relaxation.index(alpha, given), relaxation.running(alpha, given)
                for temperature in (0.2, 1.0, 9.0) if drawn is not None else ():
                    weights = relaxation.weights(alpha, given, temperature)
                    expected = torch.nn.functional.one_hot(torch.tensor(drawn), CANDIDATES).to(weights)
                    require(bool(((weights - expected).abs() < 1e-5).all()),
                            f"index {drawn}, but weights {told(weights)} of alphas {told(alpha)}, noise {told(given)}")
                if some is not None:
                    left = relaxation.weights(alpha, given, 1.0)[[at for at in range(CANDIDATES) if at not in some]]
                    require(some == sorted({*some}) and drawn in (None, *some), f"running {some}, index {drawn}")
                    require(bool((left == 0).all()), f"only {some} run, and others have weights {told(left)}")


@law
def check_turns(make: Make, seed: int = 0) -> None:
    """Where draws go in turn, K draws in a row, from a multiple of K on, have each of K candidates alone exactly once.

    Which one follows from the number of the draw; orders differ from cycle to cycle, and from decision to decision.
    """
    relaxation, orders = make(), set[tuple[int | None, ...]]()
    for place, cycle in ((place, cycle) for place in range(4) for cycle in range(6)):
        order = []
        for at in range(CANDIDATES):
            turn = Turn((seed,), cycle * CANDIDATES + at)
            noise, again = (relaxation.in_turn(CANDIDATES, place, turn) for _ in range(2))
            if noise is None:
                return
            require(again is not None and noise.equal(again), f"noise {told(noise)}, and another of the same turn")
            order.append(relaxation.index(alphas(seed), noise.double()))
        require(sorted(map(str, order)) == list(map(str, range(CANDIDATES))), f"draws {order} of a cycle")
        orders.add(tuple(order))
    require(len(orders) > 6, f"{len(orders)} orders in 24 cycles")


@law
def check_odds(make: Make, seed: int = 0) -> None:
    """Over many draws each candidate is the strongest as often as `odds` says; hard weights average to the odds.

    Without chance (the noise never matters) the shares of the weights at temperature 1 are the probabilities instead,
    or the weights are hard and those of the most probable candidates.
    """
    relaxation, alpha, generator = make(), alphas(seed), torch.Generator().manual_seed(seed)
    noise = [relaxation.noise(CANDIDATES, generator).double() for _ in range(DRAWS)]
    rows = torch.stack([relaxation.weights(alpha, one, 1.0) for one in noise])  # (DRAWS, K)
    if bool((rows == rows[0]).all()):
        probabilities = relaxation.probabilities(alpha)
        if bool(((rows[0] < 1e-9) | (rows[0] > 1 - 1e-9)).all()):
            close(rows[0], hardened(relaxation, probabilities), 1e-6, "hard weights, against the most probable")
        else:
            close(rows[0] / rows[0].sum(), probabilities, 1e-6, "weights at temperature 1, against the probabilities")
        return
    odds = relaxation.odds(alpha)
    shares = torch.bincount(rows.argmax(1), minlength=CANDIDATES).double() / DRAWS
    require(bool(((shares - odds).abs() < NEAR).all()), f"drawn {told(shares)} of {DRAWS}, odds {told(odds)}")
    if rows.amax(1).min() > 1 - 1e-9:
        mean = rows.mean(0)
        require(bool(((mean - odds).abs() < NEAR).all()), f"mean weights {told(mean)}, odds {told(odds)}")


@law
def check_cold(make: Make, seed: int = 0) -> None:
    """At a low temperature the weights are one-hot, at the strongest candidate of the draw.

    Of a `total` of k, at the k strongest; where that is None each weight is 0 or 1, whichever was nearer. In one draw
    of ten they may vanish: what rectified alphas do where all candidates are improbable.
    """
    relaxation, vanished = make(), 0
    for number in range(20):
        alpha, noise = alphas(seed + number), noises(relaxation, 100 * seed + number)
        usual, cold = (relaxation.weights(alpha, noise, temperature) for temperature in (1.0, 1e-3))
        vanished += float(cold.sum()) < 0.5
        if float(cold.sum()) >= 0.5:
            require(bool(((cold - hardened(relaxation, usual)).abs() < 1e-3).all()),
                    f"weights {told(cold)} at temperature 1e-3, {told(usual)} at 1")
    require(vanished <= 2, f"{vanished} of 20 draws leave no candidate")


@law
def check_hot(make: Make, seed: int = 0) -> None:
    """At a high temperature the weights are even, or still hard, at the strongest candidates of the draw."""
    relaxation = make()
    for number in range(20):
        alpha, noise = alphas(seed + number), noises(relaxation, 100 * seed + number)
        usual, hot = (relaxation.weights(alpha, noise, temperature) for temperature in (1.0, 1e5))
        even = bool(((hot - hot.mean()).abs() < 1e-3).all())
        require(even or bool(((hot - hardened(relaxation, usual)).abs() < 1e-9).all()),
                f"weights {told(hot)} at temperature 1e5, {told(usual)} at 1")


@law
def check_alpha_gradient(make: Make, seed: int = 0) -> None:
    """Alphas get a finite gradient that is not zero; where the weights are smooth in them it is the true one."""
    relaxation, alpha, noise = make(), alphas(seed).requires_grad_(), noises(make(), seed)
    pull = torch.linspace(-1, 1, CANDIDATES, dtype=torch.float64)
    weights = relaxation.weights(alpha, noise, 1.0)
    require(weights.requires_grad, "weights do not depend on alpha")
    (gradient,) = torch.autograd.grad((weights * pull).sum(), alpha)
    require(bool(gradient.isfinite().all()) and bool((gradient != 0).any()), f"gradient {told(gradient)}")
    if float(weights.detach().max()) < 1 - 1e-6:
        torch.autograd.gradcheck(lambda a: relaxation.weights(a, noise, 1.0), (alpha,))


def hardened(relaxation: Relaxation, weights: Tensor) -> Tensor:
    """1 at as many of the largest (K,) as the relaxation's `total` says, 0 at the others; without one, rounded."""
    if relaxation.total is None:
        return weights.round()
    return torch.zeros_like(weights).scatter(0, weights.topk(min(relaxation.total, len(weights))).indices, 1.0)


def alphas(seed: int) -> Tensor:
    """Alphas (K,) some steps after the start: apart, near 1, and no two of them alike."""
    places = torch.rand(CANDIDATES, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return 0.5 + places.argsort().double() / CANDIDATES + 0.1 * places


def noises(relaxation: Relaxation, seed: int) -> Tensor:
    """Noise (K,) of a step, in float64."""
    return relaxation.noise(CANDIDATES, torch.Generator().manual_seed(seed)).double()


def told(values: Tensor) -> str:
    """A few numbers in words."""
    return "[" + ", ".join(f"{value:.3g}" for value in values.detach().tolist()) + "]"

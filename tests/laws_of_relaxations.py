"""The laws of a relaxation; see tests/conformance.py."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import torch
from torch import Tensor

from nasreid.relaxation import Relaxation

CANDIDATES = 4
DRAWS = 2500
NEAR = 0.05  # five standard deviations of a share among so many draws


def check_relaxation(make: Callable[[], Relaxation], seed: int = 0) -> None:
    """All laws of a relaxation. make(): a new one."""
    check_start(make(), seed)
    check_pure(make(), seed)
    check_one_draw(make(), seed)
    check_odds(make(), seed)
    check_limits(make(), seed)
    check_gradient_of_alpha(make(), seed)


def check_start(relaxation: Relaxation, seed: int = 0) -> None:
    """Raw alphas (K,) and noise (K,) follow from the generator, and probabilities add up to 1."""
    for candidates in (2, 7):
        for make in (relaxation.start, relaxation.noise):
            one, two = (make(candidates, torch.Generator().manual_seed(seed)) for _ in range(2))
            assert one.shape == (candidates,), f"{make.__name__} of {candidates} candidates: {tuple(one.shape)}"
            assert torch.equal(one, two), f"{make.__name__} does not follow from its generator"
        alpha = relaxation.start(candidates, torch.Generator().manual_seed(seed))
        assert bool(alpha.isfinite().all()), f"raw alphas at the start: {alpha.tolist()}"
        for row in (relaxation.probabilities(alpha.double()), relaxation.odds(alpha.double())):
            torch.testing.assert_close(row.sum(), torch.ones((), dtype=torch.float64), rtol=0, atol=1e-6)
            assert bool((row >= 0).all())


def check_pure(relaxation: Relaxation, seed: int = 0) -> None:
    """Nothing that is asked changes the relaxation, its arguments, or torch's global generator."""
    alpha, noise = _alpha(relaxation, seed), _noise(relaxation, seed)
    given, before, state = (alpha.clone(), noise.clone()), pickle.dumps(relaxation), torch.get_rng_state()
    relaxation.weights(alpha, noise, 1.0)
    relaxation.index(alpha, noise)
    relaxation.probabilities(alpha)
    _noise(relaxation, seed)
    assert pickle.dumps(relaxation) == before, "a relaxation changed its state"
    assert torch.equal(alpha, given[0])
    assert torch.equal(noise, given[1])
    assert torch.equal(torch.get_rng_state(), state), "a relaxation drew from the global generator"


def check_one_draw(relaxation: Relaxation, seed: int = 0) -> None:
    """Weights are finite and not negative, and one-hot at `index` where that names a candidate: they are one draw.

    Whatever the temperature, in single and double precision, and where candidates are as good as tied.
    """
    for dtype in (torch.float32, torch.float64):
        for number in range(50):
            noise = _noise(relaxation, 100 * seed + number).to(dtype)
            spread = 10.0 ** -(number % 10)  # down to differences that float32 does not hold
            alpha = (1 + spread * (_alpha(relaxation, number) - 1)).to(dtype)
            for given in (noise, torch.where(noise.isinf(), noise, spread * noise)):
                drawn = relaxation.index(alpha, given)
                for temperature in (0.2, 1.0, 9.0):
                    _check_weights(relaxation.weights(alpha, given, temperature), drawn)


def check_odds(relaxation: Relaxation, seed: int = 0) -> None:
    """Over many draws each candidate is the strongest as often as `odds` says.

    Without chance (the noise never matters) the weights at temperature 1 are the probabilities instead.
    """
    alpha, generator = _alpha(relaxation, seed), torch.Generator().manual_seed(seed)
    noise = [relaxation.noise(CANDIDATES, generator).double() for _ in range(DRAWS)]
    rows = torch.stack([relaxation.weights(alpha, one, 1.0) for one in noise])  # (DRAWS, K)
    if bool((rows == rows[0]).all()):
        torch.testing.assert_close(rows[0], relaxation.probabilities(alpha), rtol=1e-6, atol=1e-6)
        return
    shares = torch.bincount(rows.argmax(1), minlength=CANDIDATES).double() / DRAWS
    assert bool(((shares - relaxation.odds(alpha)).abs() < NEAR).all()), (
        f"drawn {shares.tolist()}, expected {relaxation.odds(alpha).tolist()}")
    hard = rows.amax(1).min() > 1 - 1e-9
    if hard:  # then the expectation of the weights is that of the draws
        assert bool(((rows.mean(0) - relaxation.odds(alpha)).abs() < NEAR).all())


def check_limits(relaxation: Relaxation, seed: int = 0) -> None:
    """Cold, the weights are one-hot at the strongest candidate of the draw; hot, they are even, or one-hot still.

    In one draw of ten they may vanish when cold (what rectified alphas do where all candidates are improbable).
    """
    vanished = 0
    for number in range(20):
        alpha, noise = _alpha(relaxation, seed + number), _noise(relaxation, 100 * seed + number)
        cold, usual, hot = (relaxation.weights(alpha, noise, t) for t in (1e-3, 1.0, 1e5))
        strongest = int(usual.argmax())
        one_hot = torch.nn.functional.one_hot(torch.tensor(strongest), CANDIDATES).double()
        vanished += float(cold.sum()) < 0.5
        if float(cold.sum()) >= 0.5:
            torch.testing.assert_close(cold, one_hot, rtol=0, atol=1e-3)
        even = torch.full_like(hot, 1 / CANDIDATES)
        assert bool(((hot - even).abs() < 1e-3).all()) or bool(((hot - one_hot).abs() < 1e-9).all()), (
            f"weights at temperature 1e5: {hot.tolist()}")
    assert vanished <= 2, f"{vanished} of 20 draws leave no candidate when cold"


def check_gradient_of_alpha(relaxation: Relaxation, seed: int = 0) -> None:
    """Alphas get a finite gradient that is not zero; where the weights are smooth in them it is the true one."""
    alpha, noise = _alpha(relaxation, seed).requires_grad_(), _noise(relaxation, seed)
    pull = torch.linspace(-1, 1, CANDIDATES, dtype=torch.float64)
    (gradient,) = torch.autograd.grad((relaxation.weights(alpha, noise, 1.0) * pull).sum(), alpha)
    assert bool(gradient.isfinite().all()), f"gradient of the alphas: {gradient.tolist()}"
    assert bool((gradient != 0).any()), "the alphas get no gradient"
    if float(relaxation.weights(alpha.detach(), noise, 1.0).max()) < 1 - 1e-6:
        assert torch.autograd.gradcheck(lambda a: relaxation.weights(a, noise, 1.0), (alpha,))


def _check_weights(weights: Tensor, drawn: int | None) -> None:
    assert bool(weights.isfinite().all()), f"weights {weights.tolist()}"
    assert bool((weights >= -1e-6).all()), f"weights {weights.tolist()}"
    if drawn is None:
        return
    one_hot = torch.nn.functional.one_hot(torch.tensor(drawn), len(weights)).to(weights)
    assert bool(((weights - one_hot).abs() < 1e-5).all()), f"index {drawn}, but weights {weights.tolist()}"


def _alpha(relaxation: Relaxation, seed: int) -> Tensor:
    """Alphas (K,) some steps after the start: apart, near 1, and no two of them alike."""
    places = torch.rand(CANDIDATES, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return 0.5 + places.argsort().double() / CANDIDATES + 0.1 * places


def _noise(relaxation: Relaxation, seed: int) -> Tensor:
    return relaxation.noise(CANDIDATES, torch.Generator().manual_seed(seed)).double()

"""The other door to NNI: its multi-trial strategies, each choosing whole architectures from the scores of earlier ones.

Regularized evolution (Real et al., AAAI 2019), TPE (Bergstra et al., NeurIPS 2011), random and grid search come from
NNI; its experiments and training services, which write files, start servers and swallow Ctrl-C, do not: what a strategy
submits becomes trials of ours.
"""

from __future__ import annotations

import inspect
import logging
import warnings
from collections.abc import Callable, Iterable
from typing import Any, cast

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.experiments.trials import METRIC, Choices, Chooser, Trials
from nasreid.files import Document
from nasreid.mutation import Decisions
from nasreid.mutation.labels import natural

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from nni import NoMoreTrialError
    from nni.algorithms.hpo.tpe_tuner import TpeArguments, TpeTuner
    from nni.mutable import Categorical, MutableDict
    from nni.nas.execution import ExecutionEngine
    from nni.nas.execution.event import FinalMetricEvent, TrainingEndEvent
    from nni.nas.space import ExecutableModelSpace, ModelStatus, RawFormatModelSpace
    from nni.nas.strategy import GridSearch, RegularizedEvolution
    from nni.nas.strategy import Random as RandomSearch
    from nni.nas.strategy.base import Strategy
    from nni.nas.strategy.hpo import HPOTunerStrategy

STARTUP, PROPOSALS = 2, 100  # trials before tpe tells good from bad; proposals of a tuner, before a grid takes over


class _Engine(ExecutionEngine):
    """What NNI's strategies submit models to: each becomes a trial."""

    def __init__(self, trials: Trials):
        super().__init__()
        self._trials = trials
        self._models: list[ExecutableModelSpace] = []

    def submit_models(self, *models: ExecutableModelSpace) -> None:
        """Begin a trial of each."""
        for model in models:
            self._models.append(model)
            sample = {label: str(name) for label, name in cast(Any, model).sample.items()}
            self._trials.ask(sample, lambda result, model=model: self._tell(model, result))

    def wait_models(self, *models: ExecutableModelSpace) -> None:
        """Until every trial has ended."""
        self._trials.wait()

    def idle_worker_available(self) -> bool:
        """Always: submitting waits until there is one."""
        return True

    def budget_available(self) -> bool:
        """Whether the strategy may ask for another trial."""
        return self._trials.left()

    def list_models(self, status: ModelStatus | None = None) -> Iterable[ExecutableModelSpace]:
        """What has been asked for."""
        return [model for model in self._models if status is None or model.status == status]

    def shutdown(self) -> None:
        """Nothing to stop."""

    def _tell(self, model: ExecutableModelSpace, result: Document | None) -> None:
        if result is not None:
            self.dispatch_model_event(FinalMetricEvent(model, result[METRIC]))
        self.dispatch_model_event(TrainingEndEvent(model, ModelStatus.Trained if result else ModelStatus.Failed))


class _OfNNI(Chooser):
    """One of NNI's strategies."""

    def __init__(self, strategy: Strategy):
        self._strategy = strategy

    def play(self, trials: Trials, decisions: Decisions) -> None:
        mutables = {n: Categorical(decisions[n], label=n) for n in sorted(decisions, key=natural)}
        space = _Decisions(cast(Any, MutableDict(mutables)), None)
        logging.getLogger("nni.nas.strategy.base").setLevel(logging.CRITICAL)  # a fault is raised, and said once
        self._strategy(space, _Engine(trials))


class _Decisions(RawFormatModelSpace):
    """Decisions without a network. NNI's grid goes on writing into the sample that it has handed out."""

    def freeze(self, sample: Choices) -> _Decisions:
        return cast(_Decisions, super().freeze(dict(sample)))


class _Tuned(HPOTunerStrategy):
    """A tuner as a strategy. NNI's own sleeps for a second after every trial, those from the ledger included, and
    answers every repeated proposal with a point of a grid; here it proposes again first.
    """

    def _run(self) -> None:
        labels = self.model_space.simplify()
        self.tuner.update_search_space(cast(Any, {n: cast(Any, m).as_legacy_dict() for n, m in labels.items()}))
        grid, seen = cast(Any, self.tuner).dedup, set()
        while self.engine.budget_available():
            try:
                sample = self._propose(grid, seen)
            except NoMoreTrialError:
                return
            seen.add(tuple(sample.items()))
            model = self.model_space.freeze(sample)
            self._model_to_id[model] = self._model_count
            self._model_count += 1
            self.engine.submit_models(model)

    def _propose(self, grid: Callable[[Options], Options], seen: set[tuple[tuple[str, object], ...]]) -> Options:
        tuner = cast(Any, self.tuner)
        tuner.dedup = _as_is
        for _ in range(PROPOSALS):
            sample = tuner.generate_parameters(self._model_count)
            if tuple(sample.items()) not in seen:
                grid(dict(tuner._params[self._model_count]))  # it remembers what has been tried
                return sample
        tuner.dedup = grid
        return tuner.generate_parameters(self._model_count)


def _as_is(parameters: Options) -> Options:
    return parameters


def nni_strategy(name: str, trials: int, seed: int, arguments: Options) -> Chooser:
    """An NNI strategy that maximises the score.

    arguments: NNI's own. Evolution starts from a quarter of the trials (at most NNI's 100) and a tournament of a
    quarter of those, and changes each decision with probability 0.1; TPE draws its first trials, a third of them (at
    most NNI's 20), at random, and then takes the best of 3 draws (NNI's 24 are all of the candidates of a decision, so
    that it would propose the same again and again). Raises NasreidError for an unknown name or argument.
    """
    population = min(100, max(2, trials // 4))
    defaults: dict[str, Options] = {
        "evolution": {"population_size": population, "sample_size": max(2, population // 4), "mutation_prob": 0.1},
        "tpe": {"n_startup_jobs": min(20, max(STARTUP, trials // 3)), "n_ei_candidates": 3}, "random": {}, "grid": {}}
    kinds = {"evolution": RegularizedEvolution, "tpe": TpeArguments, "random": RandomSearch, "grid": GridSearch}
    known = [n for n, p in inspect.signature(kinds[name]).parameters.items() if p.kind != p.VAR_KEYWORD and n != "seed"]
    for given in (given for given in arguments if given not in known):
        raise NasreidError(f"strategy {name!r} has no argument {given!r}; expected {', '.join(known)}")
    try:
        both = {**defaults[name], **arguments}
        if both.get("n_startup_jobs", STARTUP) < STARTUP:
            raise ValueError(f"expected n_startup_jobs of at least {STARTUP}")
        return _OfNNI(_Tuned(TpeTuner("maximize", seed, both)) if name == "tpe" else kinds[name](seed=seed, **both))
    except (TypeError, ValueError) as error:
        raise NasreidError(f"strategy {name!r} with {arguments}: {error}") from error

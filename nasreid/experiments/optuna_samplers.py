"""The door to Optuna (4 or newer, the extra nasreid[optuna]): its samplers as strategies by trials.

optuna-tpe (Bergstra et al., NeurIPS 2011), gp (Gaussian process with expected improvement), cma-es (Hansen, arXiv
1604.00772, on the numbers of the candidates) and nsga2 (Deb et al., IEEE TEVC 2002), which looks for the best score and
the least cost at once. Optuna's own storage is not used: trials are in our ledger.
"""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np

from nasreid.arguments import Options
from nasreid.errors import NasreidError, nearest
from nasreid.experiments.trials import METRIC, Choices, Chooser, Trials
from nasreid.files import Document
from nasreid.mutation import Decisions

COST, COSTS = "cost", ("multiply_adds", "parameters")  # the second aim of nsga2
PROPOSALS, DRAWS = 3, 200  # of what was tried already, before one is drawn at random; of draws, before all has ended
SAMPLERS = {"optuna-tpe": "TPESampler", "gp": "GPSampler", "cma-es": "CmaEsSampler", "nsga2": "NSGAIISampler"}


def optuna_strategy(name: str, trials: int, seed: int, arguments: Options) -> Chooser:
    """One of SAMPLERS. arguments: of Optuna's class; and of nsga2 `cost`, one of COSTS.

    nsga2 has a population of a quarter of the trials (at most Optuna's 50), optuna-tpe and gp draw a third of them (at
    most 10) at random first, unless told otherwise. Raises NasreidError where Optuna is missing or an argument unknown.
    """
    try:
        import optuna
    except ImportError as error:
        raise NasreidError(f"strategy {name!r} needs the extra nasreid[optuna]; expected optuna to be installed"
                           ) from error
    own = dict(arguments)
    aim = own.pop(COST, COSTS[0]) if name == "nsga2" else None
    if aim is not None and aim not in COSTS:
        raise NasreidError(f"cost {aim!r} of nsga2: expected {' or '.join(COSTS)}")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kind = getattr(optuna.samplers, SAMPLERS[name])
    known = [parameter for parameter in inspect.signature(kind).parameters if parameter != "seed"]
    for given in (given for given in own if given not in known):
        raise NasreidError(f"strategy {name!r} has no argument {given!r}{nearest(given, known)}; expected "
                           f"{', '.join([*known, *([COST] if name == 'nsga2' else [])])}")
    drawn = min(10, max(2, trials // 3))
    defaults: Options = {"nsga2": {"population_size": min(50, max(2, trials // 4))}, "cma-es": {},
                         "optuna-tpe": {"n_startup_trials": drawn}, "gp": {"n_startup_trials": drawn}}[name]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = kind(seed=seed, **{**defaults, **own})
        high, low = optuna.study.StudyDirection.MAXIMIZE, optuna.study.StudyDirection.MINIMIZE
        study = optuna.create_study(sampler=sampler, directions=[high] if aim is None else [high, low])
    except (TypeError, ValueError, ImportError) as error:
        raise NasreidError(f"strategy {name!r} with {arguments}: {error}") from error
    return _OfOptuna(study, aim, name == "cma-es", np.random.default_rng(seed))


class _OfOptuna(Chooser):
    """A study that is asked and told; numbers: a decision is its candidate's number. rng: draws what it has to try.

    What a sampler proposes again costs nothing and is answered at once; one that does nothing else, as it may where
    trials fail, is told to try an architecture at random.
    """

    def __init__(self, study: Any, cost: str | None, numbers: bool, rng: np.random.Generator):
        self._study, self._cost, self._numbers, self._rng = study, cost, numbers, rng
        self._seen: dict[tuple[tuple[str, str], ...], list[float] | None] = {}

    def play(self, trials: Trials, decisions: Decisions) -> None:
        from optuna.distributions import CategoricalDistribution, IntDistribution
        from optuna.exceptions import ExperimentalWarning

        space: dict[str, Any] = {label: IntDistribution(0, len(names) - 1) if self._numbers and len(names) > 1
                                 else CategoricalDistribution(range(len(names))) for label, names in decisions.items()}
        repeated = 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            while trials.left() and (repeated < PROPOSALS or self._enqueued(decisions)):
                trial = self._study.ask(space)
                choices = decisions.existing({label: names[trial.params[label]] for label, names in decisions.items()})
                known = self._key(choices) in self._seen
                repeated = repeated + 1 if known else 0
                if known:
                    self._tell(trial, self._seen[self._key(choices)])
                else:
                    self._ask(trials, trial, choices)

    def _enqueued(self, decisions: Decisions) -> bool:
        """Let the sampler propose an architecture that it has not tried; False where there seems to be none."""
        for _ in range(DRAWS):
            drawn = {label: int(self._rng.integers(len(names))) for label, names in decisions.items()}
            choices = decisions.existing({label: decisions[label][at] for label, at in drawn.items()})
            if self._key(choices) not in self._seen:
                self._study.enqueue_trial(drawn)
                return True
        return False

    def _ask(self, trials: Trials, trial: Any, choices: Choices) -> None:
        self._seen[self._key(choices)] = None

        def told(result: Document | None) -> None:
            self._seen[self._key(choices)] = None if result is None else self._values(result)
            self._tell(trial, self._seen[self._key(choices)])

        trials.ask(choices, told)

    def _values(self, result: Document) -> list[float]:
        if self._cost is None:
            return [result[METRIC]]
        if self._cost not in result:
            raise NasreidError(f"a trial says nothing of its {self._cost}; expected trials that count it")
        return [result[METRIC], result[self._cost]]

    def _tell(self, trial: Any, values: list[float] | None) -> None:
        from optuna.trial import TrialState

        if values is None:
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            self._study.tell(trial, values)

    @staticmethod
    def _key(choices: Choices) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(choices.items()))

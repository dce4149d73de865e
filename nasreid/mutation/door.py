"""NNI, imported here and nowhere else but in `nasreid.experiments.nni_strategies`.

NNI 3.0 gives what is hard to get right: spaces with labelled choices, validation, freezing, one-shot mutation by hooks
and export. It is archived, so whatever is broken in it stays broken: it sits behind this room, and the loop, Gumbel
noise, checkpoints and profiling are ours. On import NNI warns twice, adds a log handler on stdout and would write a
configuration folder into the environment: all of that is switched off here.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings

_user = 0 if sys.platform == "win32" else os.getuid()
os.environ.setdefault("NNI_CONFIG_DIR", os.path.join(tempfile.gettempdir(), f"nni-config-{_user}"))
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import nni
    from nni.mutable import Categorical, Mutable, SampleValidationError, frozen_context
    from nni.nas.nn.pytorch import LayerChoice, ModelSpace
    from nni.nas.nn.pytorch.base import MutableModule
    from nni.nas.oneshot.pytorch.strategy import OneShotStrategy, no_default_hook
    from nni.nas.oneshot.pytorch.supermodule.differentiable import DifferentiableMixedLayer
    from nni.nas.space import current_model, model_context

nni.silence_stdout()
for _name in ("nni", "pytorch_lightning", "lightning_fabric"):
    logging.getLogger(_name).setLevel(logging.ERROR)

__all__ = ["Categorical", "DifferentiableMixedLayer", "LayerChoice", "ModelSpace", "Mutable", "MutableModule",
           "OneShotStrategy", "SampleValidationError", "current_model", "frozen_context", "model_context",
           "no_default_hook"]

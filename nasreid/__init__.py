"""Compose search spaces for object re-identification, search them, and trust the comparison.

Importing this package loads neither torch nor NNI; its modules do.
"""

import os
import tempfile

__version__ = "0.1.0"

# Lightning brings torchmetrics, which imports matplotlib, which would write its font cache into the user's home.
_user = getattr(os, "getuid", int)()
os.environ.setdefault("MPLCONFIGDIR", os.path.join(tempfile.gettempdir(), f"nasreid-matplotlib-{_user}"))

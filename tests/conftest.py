"""What holds for every test: reproducible examples and no window system."""

import os

from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"

# No deadline: the machine may be busy. No database: a failing example must fail again from the code alone.
settings.register_profile("nasreid", deadline=None, derandomize=True, database=None)
settings.load_profile("nasreid")

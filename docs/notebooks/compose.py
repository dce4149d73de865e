# %% [markdown]
# # Compose a space, and draw it
#
# Spaces compose by wrapping: every BatchNorm of a small MSI becomes a decision of its own, beside MSI's.
# %%
from nasreid.mutation import decisions
from nasreid.network.build import open_space

small = {"width_multiplier": 0.125}
space = open_space("BNSeparation", {"inner": "MSI", "inner_args": small})
found = decisions(space)
print(len(found), "decisions,", f"{found.count():.3g}", "networks")
# %% [markdown]
# A genotype is one candidate for each decision. Here is a random one of MSI, and what differs from the published
# network.
# %%
import numpy as np

import nasreid
from nasreid.network.catalogue import genotype
from nasreid.pictures.diagram import difference

known = decisions(open_space("MSI", small))
mine = nasreid.Genotype("MSI", small, known.draw(np.random.default_rng(7)))
nasreid.draw(mine, "mine.svg", before=genotype("msinet"))
table = difference(genotype("msinet"), mine)
print(table[table["changed"]].drop(columns="changed").to_string(index=False))
# %% [markdown]
# What it costs, for an image of 256×128:
# %%
from nasreid.network.build import built
from nasreid.network.cost import cost

print(cost(built(mine), 256, 128))

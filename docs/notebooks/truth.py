# %% [markdown]
# # Two strategies on a table of truth
#
# All 1,024 networks of `Micro` were trained with three seeds, so a search can be judged at once: how far is what it
# found behind the best?
# %%
from nasreid.experiments.truth import Truth

truth = Truth.load("micro")
best = truth.architectures()[int(truth.scores.argmax())]
print(len(truth.scores), "networks,", truth.seeds, "seeds, best", round(truth.score(best), 2), "mAP:", best)
# %% [markdown]
# A real search of each strategy, a tenth as long as that of the recipe `micro`, on people that are drawn here:
# %%
import nasreid
from nasreid.data.people.synthesize import synthesize

synthesize("people", identities=32, test_identities=8, height=64, width=32)
frame = nasreid.read("market1501", "people")
short = nasreid.Budget(epochs=2, p=8, k=4, height=64, width=32)
for strategy in ("TCM", "CEDarts"):
    found = nasreid.Search(space="Micro", strategy=strategy, budget=short).search(frame)
    regret = truth.score(best) - truth.score(found.genotype.choices)
    print(f"{strategy:8} regret {regret:5.2f} mAP, of a random network {truth.score(best) - truth.scores.mean():.2f}")
# %% [markdown]
# One short search says nothing about a strategy. Twenty of each at full length were recorded; paired by seed:
# %%
import pandas as pd

from nasreid.evaluation.statistics import paired

runs = pd.read_csv("benchmarks/compare/micro.csv")  # in the repository
pairs = paired(runs[runs["variant"].isin(["TCM", "CEDarts"])], "TCM", "regret")
print(pairs[["variant", "n", "difference", "low", "high", "p"]].round(3).to_string(index=False))

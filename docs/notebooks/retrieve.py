# %% [markdown]
# # Retrieve, and look
#
# A network that was hardly trained, on people that are drawn here: what comes first when one asks for somebody?
# %%
import nasreid
from nasreid.data.people.synthesize import synthesize

synthesize("people", identities=32, test_identities=12, height=64, width=32)
frame = nasreid.read("market1501", "people")
budget = nasreid.Budget(epochs=4, p=8, k=4, height=64, width=32)
best = {"stage1.slot1": "conv3-in", "stage1.slot2": "conv3-in", "stage2.slot1": "conv3", "stage2.slot2": "conv3-in",
        "stage3.slot1": "conv3"}
nasreid.Retrain(nasreid.Genotype("Micro", {}, best), budget=budget).run(frame, "net")
# %% [markdown]
# Features, scores under Market-1501's protocol, and the first ranks of a few queries, the query on the left:
# %%
from nasreid.evaluation.protocols import market

test = frame[frame["split"] != "train"].reset_index(drop=True)
features = nasreid.Extractor("net").frame(test)
scores = market()[0].score(test, features)
print(features.shape, f"mAP {100 * scores.map:.1f}, rank-1 {100 * scores.cmc[0]:.1f} of {len(test)} images")
# %%
from nasreid.evaluation.ranked import ranked
from nasreid.pictures.ranked_lists import draw_lists

rule = market()[0]
trial = next(iter(rule.trials(test)))
draw_lists(ranked(test, trial, features, [0, 5, 9], rule.removal, top=8), "ranked.png")

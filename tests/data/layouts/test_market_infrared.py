from pathlib import Path

from nasreid.data.datasets import read
from nasreid.evaluation.unmatched import check_queries
from tests.data.miniature import market


def test_infrared_queries_meet_a_visible_gallery(tmp_path: Path) -> None:
    frame = read("market1501-infrared", market(tmp_path, infrared=True))
    found = frame.groupby("split")["modality"].agg(lambda column: sorted(set(column))).to_dict()
    assert found == {"train": ["infrared", "visible"], "query": ["infrared"], "gallery": ["visible"]}
    assert frame["split"].value_counts().to_dict() == {"train": 40, "query": 10, "gallery": 11}
    assert (frame.loc[frame["identity"] == 0, "split"] == "gallery").all()
    check_queries(frame)

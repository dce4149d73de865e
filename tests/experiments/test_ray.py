"""Jobs on two loopback nodes of a Ray cluster, one of which is killed on the way. Needs the extra nasreid[ray]."""

from __future__ import annotations

import threading
import time
import warnings
from pathlib import Path

import pytest

from nasreid.errors import NasreidError
from nasreid.experiments.ledger import Ledger
from nasreid.experiments.stages import perform
from nasreid.experiments.workers import RayCluster, Task, run

pytestmark = [pytest.mark.ray, pytest.mark.slow]
ROOT = str(Path(__file__).resolve().parents[2])


@pytest.fixture
def cluster(monkeypatch):
    """A head that runs no job, and two nodes with room for one job each; only what was started here is stopped."""
    import ray
    from ray.cluster_utils import Cluster

    for name, value in {"RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": ROOT, "PYTHONWARNINGS": "ignore"}.items():
        monkeypatch.setenv(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        for _ in range(2):
            made.add_node(num_cpus=1)
        yield made
        ray.shutdown()
        made.shutdown()


def noted(work, spec, folder, threads, children):
    """Does the work; its folder tells where it began, worked and ended. Job 1 does not end the first time."""
    import ray

    place = Path(folder)

    def note(name: str) -> None:
        place.mkdir(parents=True, exist_ok=True)
        with open(place / name, "a") as file:
            file.write(ray.get_runtime_context().get_node_id() + "\n")

    note("began")
    stuck = place.name == "1" and len(nodes(place, "began")) == 1
    result = work(spec, folder, threads, children)
    note("worked")
    if stuck:
        time.sleep(600)
    note("ended")
    return result


def square(spec, folder, threads, children):
    return {"square": spec["n"] ** 2}


def noted_square(spec, folder, threads, children):
    return noted(square, spec, folder, threads, children)


def noted_job(spec, folder, threads, children):
    return noted(perform, spec, folder, threads, children)


def broken(spec, folder, threads, children):
    raise NasreidError(f"job {spec['n']} broke")


def nodes(folder: Path, name: str) -> list[str]:
    """Where a job was begun, or ended, each time."""
    return (folder / name).read_text().split() if (folder / name).is_file() else []


PATIENCE = 240  # seconds


class Killer(threading.Thread):
    """Once another job has ended, kills the node of job 1, whose work is done but not handed over."""

    def __init__(self, cluster, root: Path):
        super().__init__(daemon=True)
        self.cluster, self.root = cluster, root

    def run(self):
        since = time.monotonic()
        while not (nodes(self.root / "1", "worked") and any(self.root.glob("*/ended"))):
            if time.monotonic() - since > PATIENCE:  # no job has worked: what is asserted says so
                return
            time.sleep(0.1)
        place = nodes(self.root / "1", "began")[0]
        self.cluster.remove_node(next(n for n in self.cluster.worker_nodes if n.node_id == place), allow_graceful=False)


@pytest.mark.filterwarnings("ignore")
def test_a_node_is_killed_and_nothing_that_had_finished_is_repeated(cluster, tmp_path):
    tasks = [Task(f"job {n}", {"n": n}, str(tmp_path / str(n))) for n in range(6)]
    folders = [Path(task.folder) for task in tasks]
    killer = Killer(cluster, tmp_path)
    killer.start()
    for _ in range(2):  # the second time there is nothing to do
        with Ledger(tmp_path / "ledger") as ledger:
            keys = run(tasks, ledger, RayCluster(cluster.address, 1, noted_square), quiet=True)
            assert [ledger.result(key) for key in keys] == [{"square": n * n} for n in range(6)]
            assert [ledger.attempts(key) for key in keys] == [1] * 6
    killer.join()
    assert len(cluster.worker_nodes) == 1
    assert [len(nodes(folder, "ended")) for folder in folders] == [1] * 6
    assert [len(nodes(folder, "began")) for folder in folders] == [1, 2, 1, 1, 1, 1]
    assert len(set(nodes(tmp_path / "1", "began"))) == 2  # on one node, and on the other after its loss


@pytest.mark.filterwarnings("ignore")
def test_a_job_that_fails_is_retried_and_entered(cluster, tmp_path):
    with Ledger(tmp_path / "ledger") as ledger:
        workers = RayCluster(cluster.address, 1, broken)
        (key,) = run([Task("job", {"n": 3}, str(tmp_path))], ledger, workers, quiet=True)
        assert (ledger.state(key), ledger.attempts(key)) == ("failed", 2)
        assert "job 3 broke" in ledger.error(key)


TINY = {"epochs": 1, "p": 4, "k": 2, "height": 32, "width": 16, "draw": False}


@pytest.mark.filterwarnings("ignore")
def test_what_a_lost_node_had_trained_is_not_trained_again(cluster, tmp_path, people):
    place = {"data": str(people)}
    train = {**TINY, **place, "genotype": "msinet", "space_args": {"width_multiplier": 0.25}}
    tasks = [Task(f"seed {n}", {"retrain": {**train, "seed": n}, "evaluate": {**place, "skip_unmatched": True}},
                  str(tmp_path / str(n))) for n in range(2)]
    killer = Killer(cluster, tmp_path)
    killer.start()
    with Ledger(tmp_path / "ledger") as ledger:
        keys = run(tasks, ledger, RayCluster(cluster.address, 1, noted_job), quiet=True)
        found = [ledger.result(key) for key in keys]
    killer.join()
    assert len(nodes(tmp_path / "1", "began")) == 2
    assert [row["retrain_steps"] > 0 and 0 <= row["mAP"] <= 100 for row in found] == [True] * 2
    # each process that trains leaves a file of events
    assert len(list((tmp_path / "1" / "retrain" / "tensorboard").iterdir())) == 1


def test_a_cluster_that_is_not_there_is_named():
    with pytest.raises(NasreidError, match=r"no Ray cluster at '127\.0\.0\.1:1'"):
        RayCluster("127.0.0.1:1", 1, print)

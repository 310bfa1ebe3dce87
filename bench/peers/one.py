"""One run of one peer, in a process of its own; the job comes as JSON on standard input.

Job: problem, method, seed, trials, initial (rows with x, y, y_true, c), reference, largest (the
largest hypervolume, or null), data (folder of the tables), path, session.
"""
import importlib
import json
import random
import resource
import sys
import time

import results
import tables
from problems import PROBLEMS

MODULES = {
    "random": "peer_random",
    "optuna-tpe": "peer_optuna",
    "optuna-tpe-multivariate": "peer_optuna",
    "optuna-nsga2": "peer_optuna",
    "optuna-nsga2-pop12": "peer_optuna",
    "optuna-gp": "peer_optuna",
    "botorch-qlognehvi": "peer_botorch",
    "pymoo-nsga2-pop12": "peer_pymoo",
}


def _kept(job, peer):
    """Trials of a stopped run that can be gone on with."""
    try:
        run = results.read(job["path"])
    except (OSError, results.ResultError):
        return []
    first = [t["x"] for t in run.trials[: len(job["initial"])]]
    same = run.end is None and first == [row["x"] for row in job["initial"]]
    return run.trials if same and peer.is_resumable else []


def _allowed(peer, problem, x, measured, rng):
    """The point that is measured: x, or of a table the nearest row that is left."""
    if problem.table is None:
        # Rounding in the peers' own scaling may leave the box by one unit in the last place.
        return [min(max(v, a), b) for v, a, b in zip(x, problem.low, problem.high)]
    row = problem.table.nearest(x, measured, rng)
    if list(row) != list(x):
        peer.move(row)
    return list(row)


def main():
    job = json.load(sys.stdin)
    problem = PROBLEMS.get(job["problem"]) or tables.load(job["data"])[job["problem"]]
    problem.reference = job["reference"]
    module = importlib.import_module(MODULES[job["method"]])
    initial = job["initial"]
    peer = module.Peer(job["method"], problem, job["seed"], initial)
    kept = _kept(job, peer)
    header = {key: job[key] for key in ("problem", "method", "seed", "session", "largest")}
    header.update(
        d=problem.d, m=problem.m, n_init=len(initial), reference=problem.reference, versions=module.VERSIONS
    )
    writer = results.Writer(job["path"], header, kept)
    for row in kept[len(initial) :]:
        peer.tell(row)
    if not kept:
        for n, row in enumerate(initial, 1):
            writer.trial(n, row, None)
    rng = random.Random(job["seed"])
    measured = {tuple(row["x"]) for row in kept or initial}
    for n in range(max(len(kept), len(initial)) + 1, job["trials"] + 1):
        start = time.process_time()
        x = peer.ask(n)
        cost = time.process_time() - start
        cost = peer.share(cost) if hasattr(peer, "share") else cost
        row = problem.evaluate(_allowed(peer, problem, x, measured, rng), job["seed"], n)
        measured.add(tuple(row["x"]))
        peer.tell(row)
        writer.trial(n, row, cost)
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    writer.end({"peak_rss_b": peak, "ours_cpu_s": None})


if __name__ == "__main__":
    main()

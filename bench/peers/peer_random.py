"""Uniform random search: what a peer has to beat."""
import random

VERSIONS = {}


class Peer:
    is_resumable = True

    def __init__(self, method, problem, seed, initial):
        self.problem, self.seed = problem, seed
        self.measured = {tuple(row["x"]) for row in initial}

    def ask(self, n):
        rng = random.Random(100_003 * self.seed + n)
        if self.problem.table is not None:
            return list(rng.choice([x for x in self.problem.table.rows if x not in self.measured]))
        return [a + rng.random() * (b - a) for a, b in zip(self.problem.low, self.problem.high)]

    def tell(self, row):
        self.measured.add(tuple(row["x"]))

"""pymoo's NSGA-II behind ask and tell; the cost of a generation is spread over its points."""
import time

import numpy as np
import pymoo
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.evaluator import Evaluator
from pymoo.core.problem import Problem
from pymoo.core.termination import NoTermination
from pymoo.problems.static import StaticProblem

VERSIONS = {"pymoo": pymoo.__version__}


class Peer:
    is_resumable = False

    def __init__(self, method, problem, seed, initial):
        n_constraints = 1 if problem.constraints else 0
        self.reference, self.table = problem.reference, problem.table
        low, high = problem.low, problem.high
        if self.table is not None:
            low, high = [0] * problem.d, [len(levels) - 1 for levels in self.table.levels]
        self.problem = Problem(
            n_var=problem.d, n_obj=problem.m, n_ieq_constr=n_constraints,
            xl=np.array(low, float), xu=np.array(high, float),
        )
        start = np.array([self._stored(row["x"]) for row in initial], float)
        self.algorithm = NSGA2(pop_size=12, sampling=start)
        self.algorithm.setup(self.problem, termination=NoTermination(), seed=seed, verbose=False)
        self.out, self.rows = self.algorithm.ask(), []
        self.survival_s = self.share_s = 0.0
        for row in initial:
            self.tell(row)

    def _stored(self, x):
        """What pymoo sees of a point: of a table the places of the values among the sorted ones."""
        if self.table is None:
            return x
        return [levels.index(v) for v, levels in zip(x, self.table.levels)]

    def share(self, cost):
        """The cost of one suggestion: a part of its generation's, survival included."""
        if not self.rows:
            self.share_s = (cost + self.survival_s) / len(self.out)
        return self.share_s

    def ask(self, n):
        if self.out is None:
            self.out, self.rows = self.algorithm.ask(), []
        x = self.out[len(self.rows)].X.tolist()
        if self.table is None:
            return x
        return [levels[round(v)] for v, levels in zip(x, self.table.levels)]

    def move(self, x):
        """Another point is measured than the one asked for."""
        self.out[len(self.rows)].X = np.array(self._stored(x), float)

    def tell(self, row):
        self.rows.append(row)
        if len(self.rows) < len(self.out):
            return
        start = time.process_time()
        # A failed trial is worse than all others: pymoo has no place for one.
        worst = [10 * max(1.0, abs(v)) for v in self.reference]
        values = {"F": np.array([worst if r.get("is_failed") else r["y"] for r in self.rows])}
        if self.problem.n_ieq_constr:
            values["G"] = -np.array([r["c"] for r in self.rows])
        Evaluator().eval(StaticProblem(self.problem, **values), self.out)
        self.algorithm.tell(infills=self.out)
        self.out = None
        self.survival_s = time.process_time() - start

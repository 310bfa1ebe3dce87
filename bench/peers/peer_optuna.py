"""Optuna's samplers behind ask and tell."""
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore", module="optuna")
warnings.filterwarnings("ignore", category=FutureWarning)

VERSIONS = {"optuna": optuna.__version__}


def _sampler(method, problem, seed, n_init):
    constraints = (lambda trial: trial.user_attrs.get("c", [0.0])) if problem.constraints else None
    common = {"seed": seed, "constraints_func": constraints}
    if method == "optuna-tpe":
        return optuna.samplers.TPESampler(**common)
    if method == "optuna-tpe-multivariate":
        return optuna.samplers.TPESampler(multivariate=True, n_startup_trials=n_init, **common)
    if method == "optuna-nsga2":
        return optuna.samplers.NSGAIISampler(**common)
    if method == "optuna-nsga2-pop12":
        return optuna.samplers.NSGAIISampler(population_size=12, **common)
    if method == "optuna-gp":
        exact = not any(problem.noise_sd)
        return optuna.samplers.GPSampler(n_startup_trials=n_init, deterministic_objective=exact, **common)
    raise ValueError(method)


class Peer:
    is_resumable = False

    def __init__(self, method, problem, seed, initial):
        self.problem = problem
        sampler = _sampler(method, problem, seed, len(initial))
        self.study = optuna.create_study(directions=["minimize"] * problem.m, sampler=sampler)
        self.trial = None
        for row in initial:
            self._force(row["x"])
            self.tell(row)

    def _suggest(self, i):
        """Parameter i: a float, or of a table a choice or the number of a level."""
        name, table = f"x{i}", self.problem.table
        if table is None:
            return self.trial.suggest_float(name, self.problem.low[i], self.problem.high[i])
        levels = table.levels[i]
        if table.is_choice[i]:
            return self.trial.suggest_categorical(name, levels)
        return levels[self.trial.suggest_int(name, 0, len(levels) - 1)]

    def _stored(self, i, value):
        """What Optuna stores for that value of parameter i."""
        table = self.problem.table
        return value if table is None or table.is_choice[i] else table.levels[i].index(value)

    def _force(self, x):
        """A trial at x; enqueued and asked, not added: NSGA-II takes only trials it has seen asked."""
        self.study.enqueue_trial({f"x{i}": self._stored(i, v) for i, v in enumerate(x)})
        self.ask(1)

    def ask(self, n):
        self.trial = self.study.ask()
        return [self._suggest(i) for i in range(self.problem.d)]

    def move(self, x):
        """Another point is measured than the one asked for: that one is given up."""
        self.study.tell(self.trial, state=optuna.trial.TrialState.FAIL)
        self._force(x)

    def tell(self, row):
        # Optuna's sign: feasible where every value is <= 0.
        self.trial.set_user_attr("c", [-v for v in row["c"]])
        if row.get("is_failed"):
            self.study.tell(self.trial, state=optuna.trial.TrialState.FAIL)
        else:
            self.study.tell(self.trial, row["y"])

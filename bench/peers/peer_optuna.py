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
            # Enqueued and asked, not added: NSGA-II takes only trials it has seen being asked.
            self.study.enqueue_trial({f"x{i}": v for i, v in enumerate(row["x"])})
            self.ask(1)
            self.tell(row)

    def ask(self, n):
        self.trial = self.study.ask()
        bounds = zip(self.problem.low, self.problem.high)
        return [self.trial.suggest_float(f"x{i}", a, b) for i, (a, b) in enumerate(bounds)]

    def tell(self, row):
        # Optuna's sign: feasible where every value is <= 0.
        self.trial.set_user_attr("c", [-v for v in row["c"]])
        if row.get("is_failed"):
            self.study.tell(self.trial, state=optuna.trial.TrialState.FAIL)
        else:
            self.study.tell(self.trial, row["y"])

"""BoTorch's qLogNEHVI behind ask and tell: a model list of SingleTaskGP, known reference point."""
import warnings

import botorch
import gpytorch
import torch
from botorch.acquisition.multi_objective import logei
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import IdentityMCMultiOutputObjective
from botorch.fit import fit_gpytorch_mll
from botorch.models import ModelListGP, SingleTaskGP
from botorch.optim import optimize_acqf, optimize_acqf_discrete
from botorch.sampling import SobolQMCNormalSampler

torch.set_num_threads(1)
torch.set_default_dtype(torch.double)
warnings.filterwarnings("ignore")

# BoTorch compiles a faster inner loop where there is a C++ compiler: before the first clock.
logei._try_load_fused_kernel()
VERSIONS = {
    "botorch": botorch.__version__,
    "gpytorch": gpytorch.__version__,
    "torch": torch.__version__,
    "compiled_kernel": logei._C is not None,
}


class Peer:
    # Every suggestion starts from the data and a seed of its own: nothing is lost by a stop.
    is_resumable = True

    def __init__(self, method, problem, seed, initial):
        self.problem, self.seed, self.rows = problem, seed, list(initial)
        self.low = torch.tensor(problem.low, dtype=torch.double)
        self.range = torch.tensor(problem.high, dtype=torch.double) - self.low

    def _inputs(self, points):
        """Points in the unit cube; each value of a choice is a column of its own."""
        x = torch.tensor([list(map(float, p)) for p in points])
        table, columns = self.problem.table, []
        for i in range(self.problem.d):
            if table is not None and table.is_choice[i]:
                columns += [(x[:, i] == level).double() for level in table.levels[i]]
            else:
                columns.append((x[:, i] - self.low[i]) / self.range[i].clamp(min=1e-300))
        return torch.stack(columns, dim=1)

    def _model(self):
        """One independent model for each objective (negated: BoTorch maximises) and constraint."""
        rows = [r for r in self.rows if not r.get("is_failed")]
        x = self._inputs([r["x"] for r in rows])
        y = torch.tensor([[-v for v in r["y"]] + list(r["c"]) for r in rows])
        # SingleTaskGP's defaults: ARD kernel and priors of its version, standardised outcomes,
        # noise learned from the data.
        models = [SingleTaskGP(x, y[:, k : k + 1]) for k in range(y.shape[1])]
        model = ModelListGP(*models)
        fit_gpytorch_mll(gpytorch.mlls.SumMarginalLogLikelihood(model.likelihood, model))
        return model, x

    def ask(self, n):
        torch.manual_seed(100_003 * self.seed + n)
        model, x = self._model()
        m = self.problem.m
        constraints = {}
        if self.problem.constraints:
            constraints["constraints"] = [lambda z: -z[..., m]]  # feasible where <= 0
        acquisition = qLogNoisyExpectedHypervolumeImprovement(
            model=model,
            ref_point=[-v for v in self.problem.reference],
            X_baseline=x,
            prune_baseline=True,
            sampler=SobolQMCNormalSampler(torch.Size([128]), seed=n),
            objective=IdentityMCMultiOutputObjective(outcomes=list(range(m))),
            **constraints,
        )
        if self.problem.table is not None:
            return self._best_row(acquisition)
        best, _ = optimize_acqf(
            acquisition,
            bounds=torch.stack([torch.zeros(self.problem.d), torch.ones(self.problem.d)]),
            q=1,
            num_restarts=10,
            raw_samples=512,
            options={"batch_limit": 10, "init_batch_limit": 64, "maxiter": 200},
        )
        return (self.low + best[0] * self.range).tolist()

    def _best_row(self, acquisition):
        """The best of all rows that are not measured yet."""
        measured = {tuple(r["x"]) for r in self.rows}
        left = [row for row in self.problem.table.rows if row not in measured]
        inputs = self._inputs(left)
        best, _ = optimize_acqf_discrete(acquisition, q=1, choices=inputs, max_batch_size=256)
        return list(left[int((inputs - best[0]).abs().sum(dim=1).argmin())])

    def tell(self, row):
        self.rows.append(row)

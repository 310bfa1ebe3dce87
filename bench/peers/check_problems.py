"""Holds problems.py and fronts.py against BoTorch's test functions; run by bench/peers/setup."""
import random
import sys

import torch
from botorch.test_functions import multi_objective as theirs
from botorch.utils.multi_objective.hypervolume import Hypervolume

import fronts
from problems import PROBLEMS

PAIRS = {
    "BraninCurrin": theirs.BraninCurrin(),
    "DTLZ2": theirs.DTLZ2(dim=6, num_objectives=2),
    "ZDT1": theirs.ZDT1(dim=6),
    "ZDT2": theirs.ZDT2(dim=6),
    "ZDT3": theirs.ZDT3(dim=6),
    "VehicleSafety": theirs.VehicleSafety(),
    "Penicillin": theirs.Penicillin(),
    "C2DTLZ2": theirs.C2DTLZ2(dim=6, num_objectives=2),
    "ConstrainedBraninCurrin": theirs.ConstrainedBraninCurrin(),
    "DTLZ2-m4": theirs.DTLZ2(dim=6, num_objectives=4),
}


def differ(ours, other):
    return any(abs(a - b) > 1e-8 * (1 + abs(b)) for a, b in zip(ours, other, strict=True))


def main():
    rng, bad = random.Random(1), 0
    for name, other in PAIRS.items():
        problem, points = PROBLEMS[name], []
        for _ in range(25):
            x = [a + rng.random() * (b - a) for a, b in zip(problem.low, problem.high)]
            row = problem.evaluate(x, 1, 1)
            at = torch.tensor([x], dtype=torch.double)
            wrong = differ(row["y_true"], other(at)[0].tolist())
            if problem.constraints:
                wrong |= differ(row["c"], other.evaluate_slack(at)[0].tolist())
            bad += wrong
            points.append(row["y_true"])
        bad += differ(problem.reference, other._ref_point)
        mine = fronts.hypervolume(points, problem.reference)
        negated = -torch.tensor([p for p in fronts.non_dominated(points)], dtype=torch.double)
        reference = -torch.tensor(problem.reference, dtype=torch.double)
        bad += differ([mine], [Hypervolume(reference).compute(negated)])
    print(f"check_problems: {len(PAIRS)} problems, {bad} differences from BoTorch's")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())

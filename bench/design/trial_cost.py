"""The cost of a trial in FLOPs: it orders trials and decides where repeats go, and does not depend on the clock."""

from bench.data.split import Split
from bench.records import NetworkTrial
from bench.sweeps.plan_table import steps_per_epoch
from bench.train.examples import choose_examples, n_examples_per_epoch

STEP_FLOPS = 5e8
"""What an optimizer step costs beside its arithmetic: 8 ms at 60 GFLOP/s, fitted to the times of stored trainings."""

FITTED_FLOPS = 2e10
"""What a control that trains no network costs: 0.3 s at 60 GFLOP/s."""


def train_steps(trial: NetworkTrial, split: Split) -> int:
    """Optimizer steps of a trial over all its epochs."""
    n_examples = n_examples_per_epoch(trial.protocol, choose_examples(trial.protocol, split, trial.seed, trial.fold))
    return steps_per_epoch(n_examples, trial.protocol.batch_size) * trial.protocol.epochs


def arithmetic_flops(trial: NetworkTrial, split: Split, flops_per_example: int) -> float:
    """FLOPs of a trial's forward passes, a training step counting as three.

    Args:
        trial: of a network.
        split: of its seed.
        flops_per_example: of a forward pass.
    """
    examples = choose_examples(trial.protocol, split, trial.seed, trial.fold)
    evaluated = len(examples.test_rows) + len(examples.inner_rows)
    passes = trial.protocol.epochs * (3 * n_examples_per_epoch(trial.protocol, examples) + evaluated)
    return float(passes * flops_per_example)


def trial_flops(trial: NetworkTrial, split: Split, flops_per_example: int) -> float:
    """``arithmetic_flops``, and ``STEP_FLOPS`` per step."""
    return arithmetic_flops(trial, split, flops_per_example) + STEP_FLOPS * train_steps(trial, split)

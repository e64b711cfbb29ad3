"""Laws scored on tables that others published. Fetches nothing: docs/published-laws.md says where the files are.

    python -m benchmarks.published_laws surface svg_extracted_data.csv
    python -m benchmarks.published_laws curves benchmark.vision.csv benchmark.lang.csv

``surface`` fits loss = E + A / N^alpha + B / D^beta as Besiroglu et al. 2024 did and prints it beside their numbers.
``curves`` fits this project's laws to the training points of each curve of Alabdulmohsin et al. 2022, and prints the
root mean square error of the logarithm of loss on the larger points that were held out.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from bench.analyse.sizes.scaling_laws import LAWS, fit_law
from benchmarks.simulated_studies import Floats

HUBER = 1e-3
N_LARGEST_LEFT_OUT = 5
"""Besiroglu et al. leave out the points of the five largest losses: 240 of 245 remain."""
GOLDEN = {"A": 477.6, "B": 2143.0, "E": 1.8172, "alpha": 0.3473, "beta": 0.3672}
LEAST_LOSS = 1e-9
CHOSEN = "chosen by AIC"


def read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """The table of a file.

    Raises:
        SystemExit: the file is missing or lacks a column.
    """
    if not path.is_file():
        raise SystemExit(f"the file must exist; received {path}; docs/published-laws.md says how to get it")
    table = pd.read_csv(path)
    missing = [column for column in columns if column not in table]
    if missing:
        raise SystemExit(f"{path.name} must have the columns {', '.join(columns)}; received none of {missing}")
    return table


def surface_points(table: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Parameters N, training tokens D = C / (6 N) and loss, without the largest losses.

    Args:
        table: columns Model Size, Training FLOP and loss.
    """
    known = table.dropna(subset=["Model Size", "Training FLOP", "loss"])
    largest = np.sort(known["loss"].to_numpy(float))[-N_LARGEST_LEFT_OUT]
    kept = known[known["loss"] < largest]
    n_params, loss = kept["Model Size"].to_numpy(float), kept["loss"].to_numpy(float)
    return n_params, kept["Training FLOP"].to_numpy(float) / (6 * n_params), loss


def fit_surface(n_params: Floats, n_tokens: Floats, loss: Floats) -> dict[str, float]:
    """Minimise the sum of Huber's losses of ln loss over A, B, E, alpha and beta, from 18 starts.

    Returns:
        The parameters, and ``objective``.
    """
    log_n, log_d, log_loss = np.log(n_params), np.log(n_tokens), np.log(loss)

    def terms(theta: Floats) -> Floats:
        a, b, e, alpha, beta = theta
        return np.stack([a - alpha * log_n, b - beta * log_d, np.full(len(loss), e)])

    def residuals(theta: Floats) -> Floats:
        return np.asarray(np.logaddexp.reduce(terms(theta), axis=0) - log_loss)

    def jacobian(theta: Floats) -> Floats:
        of_n, of_d, of_e = np.exp(terms(theta) - np.logaddexp.reduce(terms(theta), axis=0))
        return np.stack([of_n, of_d, of_e, -of_n * log_n, -of_d * log_d], axis=1)

    fits = []
    for alpha in (0.2, 0.5, 1.0):
        for beta in (0.2, 0.5, 1.0):
            for share in (0.3, 0.6):  # of the smallest loss, in E
                rest = np.log(0.5 * np.median(loss))
                start = [rest + alpha * log_n.mean(), rest + beta * log_d.mean(), np.log(share * loss.min())]
                fits.append(
                    least_squares(
                        residuals,
                        [*start, alpha, beta],
                        jacobian,
                        loss="huber",
                        f_scale=HUBER,
                        x_scale="jac",
                        xtol=1e-14,
                        ftol=1e-14,
                        gtol=1e-14,
                        max_nfev=2000,
                    )
                )
    best = min(fits, key=lambda fit: float(fit.cost))
    a, b, e, alpha, beta = map(float, best.x)
    found = {"A": np.exp(a), "B": np.exp(b), "E": np.exp(e), "alpha": alpha, "beta": beta}
    return {**{name: float(value) for name, value in found.items()}, "objective": float(best.cost)}


def noise(log_loss: Floats) -> float:
    """The standard deviation of single points of a smooth curve, from second differences (Rice 1984, Ann. Stat. 12)."""
    return max(1e-6, float(np.sqrt(np.mean(np.diff(log_loss, 2) ** 2) / 6)))


def extrapolation_errors(curve: pd.DataFrame) -> dict[str, float]:
    """The error of every law on the held-out points of one curve, and of the law that the training points choose.

    Args:
        curve: columns Seen Examples, Loss and Training (1: fitted, 0: held out).
    """
    points = curve.sort_values("Seen Examples")
    fitted, held_out = (points[points["Training"] == part] for part in (1, 0))
    log_x, y = np.log(fitted["Seen Examples"].to_numpy(float)), fitted["Loss"].to_numpy(float)
    t, later = log_x - log_x.mean(), np.log(held_out["Seen Examples"].to_numpy(float)) - log_x.mean()
    truth = np.log(held_out["Loss"].to_numpy(float))
    whiten = np.diag(1 / (noise(np.log(y)) * y))
    errors, criteria = {}, {}
    for law in LAWS:
        theta, chi_squared = fit_law(law, t, y[np.newaxis], whiten)
        predicted = np.log(np.maximum(law.curve(theta, later)[0], LEAST_LOSS))
        errors[law.name] = float(np.sqrt(np.mean((predicted - truth) ** 2)))
        criteria[law.name] = float(chi_squared[0]) + 2 * law.n_parameters
    return {**errors, CHOSEN: errors[min(criteria, key=lambda name: criteria[name])]}


def score_curves(table: pd.DataFrame) -> pd.DataFrame:
    """One row per curve: Domain, Task, Model, and the error of every law."""
    keys = ["Domain", "Task", "Model"]
    rows = [
        {**dict(zip(keys, name, strict=True)), **extrapolation_errors(curve)}
        for name, curve in table.groupby(keys, sort=False)
    ]
    return pd.DataFrame(rows)


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("surface", "curves"))
    parser.add_argument("files", type=Path, nargs="+")
    asked = parser.parse_args()
    if asked.what == "surface":
        n_params, n_tokens, loss = surface_points(read_table(asked.files[0], ("Model Size", "Training FLOP", "loss")))
        found = fit_surface(n_params, n_tokens, loss)
        print(f"{len(loss)} points, sum of Huber losses {found['objective']:.9f}")
        for name, golden in GOLDEN.items():
            print(f"{name:6s} {found[name]:10.4f}   published {golden}")
        return
    columns = ("Domain", "Task", "Model", "Seen Examples", "Loss", "Training")
    scores = score_curves(pd.concat([read_table(path, columns) for path in asked.files]))
    laws = [law.name for law in LAWS] + [CHOSEN]
    print(scores.to_string(index=False, float_format="{:.4f}".format))
    of_laws = scores[[law.name for law in LAWS]]
    for domain, rows in scores.groupby("Domain", sort=False):
        best = of_laws.loc[rows.index].idxmin(axis=1).value_counts()
        print(f"{domain}: {len(rows)} curves; median error, mean error, share of curves where it is the best law")
        for law in laws:
            print(f"  {law:26s} {rows[law].median():.4f}  {rows[law].mean():.4f}  {best.get(law, 0) / len(rows):.0%}")


if __name__ == "__main__":
    main()

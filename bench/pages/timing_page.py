"""The page on the times of a study: the parts of a step, its costs, and the grade of each figure."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bench.analyse.times.noise_grades import worst
from bench.analyse.times.step_times import Slope, log_log_slope, ratio, rounds_of, verdict_of
from bench.pages.document import Block, Note, Page, Section, Statement, Table
from bench.pages.number_text import NOTHING, counted, interval_text, number, three_digits
from bench.pages.summary_page import GRADE_MARKS, title_line
from bench.pages.timed_parts import BAR, TITLES, TimedParts, of_point
from bench.records import TimedPart
from bench.seeds import generator

_NOTE = (
    "Medians over all rounds. With at least 3 rounds they have the 95 % interval of a bootstrap that draws rounds and "
    "samples within them. `step` is the harness's training step: batch gathered from resident tensors, "
    "forward, backward, optimizer, loss fetched. `fit` is `model.fit` with Keras's defaults, averaged over an epoch; "
    "its progress bar prints a whole epoch's time, validation included, divided by its training steps. One asterisk "
    "marks a noisy figure, two an unusable one; the reasons are below."
)


def timing_page(timings: TimedParts) -> Page:
    """The page on a study's times."""
    sections = (
        Section("", (_study_verdict(timings), Note(_NOTE))),
        Section("Milliseconds per step, by part", _table(_part_rows(timings))),
        Section("Published and measured times", _table(_published_rows(timings))),
        Section("Training step of each network compared with the first", _ratios(timings)),
        Section("Scaling of step times", tuple(map(Note, _scaling_sentences(timings)))),
        Section("Cost of a training step", _costs(timings)),
        Section("Inference latency", _table(_latency_rows(timings))),
        Section("Noisy figures and remedies", tuple(map(Statement, _reasons(timings)))),
    )
    return Page(f"Times of {title_line(timings.data)}", tuple(each for each in sections if each.blocks))


def _study_verdict(timings: TimedParts) -> Note:
    counts = timings.figures["verdict"].value_counts()
    grade = worst([verdict_of(taken) for _, taken in timings.samples.groupby(["entry", "part", "threads"])])
    tally = ", ".join(f"{counts[name]} {name}" for name in GRADE_MARKS if name in counts)
    rounds, cpus = timings.figures["n_rounds"], max(timings.samples["cpus"], key=len)
    return Note(
        lead=f"The study's times are {grade}",
        text=f": of {len(timings.figures)} figures {tally}. "
        f"{_count(rounds.min(), rounds.max(), 'round')}, each measurement in a "
        f"process of its own, bound to core{'s' if len(cpus) != 1 else ''} {', '.join(map(str, cpus))}.",
    )


def _part_rows(timings: TimedParts) -> list[dict[str, str]]:
    parts = [part for part in TITLES if (timings.figures["part"] == part).any() and "inference" not in part]
    rows = []
    for (_, _), group in timings.figures.groupby(["entry", "threads"], sort=True):
        first = group.iloc[0]
        row = {
            "network": timings.label(first),
            "parameters": f"{first['n_params']:,}",
            "batch": _batch(first, sum(timings.data.study.class_counts)),
        }
        for part in parts:
            cell = group[group["part"] == part]
            row[TITLES[part]] = _median_cell(cell.iloc[0]) if len(cell) else NOTHING
            if part in (TimedPart.KERAS, TimedPart.DISK):
                row[f"{TITLES[part]}: {BAR}"] = three_digits(cell["figure_bar_ms"].iloc[0]) if len(cell) else NOTHING
        rows.append(row)
    return rows


def _published_rows(timings: TimedParts) -> list[dict[str, str]]:
    rows = []
    for point in timings.data.published:
        if point.get("step_ms") is None:
            continue
        same = of_point(timings.figures, point)
        for (_, _), group in same.groupby(["entry", "threads"]):
            by_part = {row["part"]: row for _, row in group.iterrows()}
            row = {
                "published as": point["label"],
                "measured": timings.label(group.iloc[0]),
                "published ms": f"{point['step_ms']:g}",
            }
            for part in (TimedPart.STEP, TimedPart.KERAS, TimedPart.DISK):
                if part in by_part:
                    row[TITLES[part]] = _median_cell(by_part[part])
                    if part is not TimedPart.STEP:
                        row[f"{TITLES[part]}: {BAR}"] = three_digits(by_part[part]["figure_bar_ms"])
            rows.append(row)
    return rows


def _ratios(timings: TimedParts) -> tuple[Block, ...]:
    steps = timings.samples[timings.samples["part"] == TimedPart.STEP]
    order = list(steps.groupby(["entry", "threads"], sort=True))
    if len(order) < 2:
        return ()
    draw = generator(0, 0, "bootstrap/ratio")
    (_, base), *others = order
    rows = []
    for _, other in others:
        found = ratio(rounds_of(other), rounds_of(base), draw)
        first = other.iloc[0]
        rows.append(
            {
                "network": timings.label(first),
                "times the parameters": three_digits(first["n_params"] / base["n_params"].iloc[0]),
                "times the forward FLOPs per step": three_digits(_step_flops(first) / _step_flops(base.iloc[0])),
                "times the milliseconds": NOTHING if found is None else _bounded(found.value, found.low, found.high),
            }
        )
    return (Note(f"The first is {timings.label(base.iloc[0])}."), *_table(rows))


def _scaling_sentences(timings: TimedParts) -> Iterator[str]:
    of_step = timings.of(TimedPart.STEP)
    for threads in sorted(set(of_step["threads"].tolist())):
        steps = of_step[of_step["threads"] == threads]
        where = f"With {counted(threads, 'thread')}"
        by_params = log_log_slope(steps["n_params"].to_numpy(float), steps["median_ms"].to_numpy())
        flops = np.array([_step_flops(row) for _, row in steps.iterrows()], float)
        by_flops = log_log_slope(flops, steps["median_ms"].to_numpy())
        if by_params is None or by_flops is None:
            yield f"{where}, {len(steps)} networks do not give a slope, which needs 5 networks of different sizes."
            continue
        better, worse = ("FLOPs", "parameters") if by_flops.aicc < by_params.aicc else ("parameters", "FLOPs")
        weight = 1 / (1 + np.exp(-abs(by_flops.aicc - by_params.aicc) / 2))
        yield (
            f"{where}, over {by_params.n_networks} networks: milliseconds per step grow as parameters "
            f"to the power {_slope(by_params)}, and as forward FLOPs per step to the power {_slope(by_flops)}. "
            f"The {better} explain the times better than the {worse} do (Akaike weight {number(weight)} of the two)."
        )


def _costs(timings: TimedParts) -> tuple[Block, ...]:
    steps = timings.of(TimedPart.STEP)
    if "figure_train_flops_per_example" not in steps:
        return ()
    rows = []
    for _, row in steps.iterrows():
        step_gflop = row["batch_size"] * row["figure_train_flops_per_example"] / 1e9
        achieved = step_gflop / row["median_ms"] * 1e3
        alike = (steps["threads"] == row["threads"]) & (steps["protocol_precision"] == row["protocol_precision"])
        peak = steps.loc[alike, "figure_gemm_gflops"].max()
        rows.append(
            {
                "network": timings.label(row),
                "forward GFLOP": three_digits(_step_flops(row) / 1e9),
                "training GFLOP": three_digits(step_gflop),
                "GFLOP/s": three_digits(achieved),
                "peak GFLOP/s": three_digits(peak),
                "share": f"{number(100 * achieved / peak, '{:.0f}')}%",
                "memory above idle, MB": _megabytes(row.get("figure_peak_above_idle_bytes")),
                "activations, MB": _megabytes(row["batch_size"] * row["activation_bytes_per_example"]),
                "model file, MB": _megabytes(row["figure_model_file_bytes"]),
                "trace, s": three_digits(row["figure_trace_s"]),
                "first step, s": three_digits(row["figure_first_step_s"]),
            }
        )
    note = (
        "Forward FLOPs as TensorFlow's profiler counts them; training FLOPs include the products of the gradients. "
        "Peak: the fastest product of two 2048 x 2048 matrices in the same pass, at the same precision and threads. "
        "Tracing: Keras traces the step in Python. First step: TensorFlow optimises and compiles the traced graph. "
        "Memory: the largest resident memory during building, tracing and stepping, above that of the idle runtime; "
        "1 MB is 10^6 bytes."
    )
    return (*_table(rows), Note(note))


def _latency_rows(timings: TimedParts) -> list[dict[str, str]]:
    rows = []
    for part in (TimedPart.INFERENCE_1, TimedPart.INFERENCE_32):
        for _, row in timings.of(part).iterrows():
            rows.append(
                {
                    "network": timings.label(row),
                    "images": part.removeprefix("inference_"),
                    "p50, ms": _median_cell(row),
                    "p95, ms": three_digits(row["p95_ms"]),
                    "p99, ms": three_digits(row["p99_ms"]),
                    "samples": str(row["n_samples"]),
                }
            )
    return rows


def _reasons(timings: TimedParts) -> Iterator[str]:
    noisy = timings.figures[timings.figures["reasons"] != ""]
    for _, row in noisy.iterrows():
        yield f"{timings.label(row)}, {TITLES[TimedPart(row['part'])]}: {row['verdict']}; {row['reasons']}"


def _count(least: int, most: int, noun: str) -> str:
    return counted(most, noun) if least == most else f"{least} to {counted(most, noun)}"


def _step_flops(row: pd.Series) -> float:
    return float(row["batch_size"] * row["flops_per_example"])


def _batch(row: pd.Series, n_images: int) -> str:
    most = min(row["protocol_batch_size"], n_images)
    halved = row["batch_size"] < most
    return f"{row['batch_size']} ({most} did not fit into memory)" if halved else f"{row['batch_size']}"


def _median_cell(row: pd.Series) -> str:
    return _bounded(row["median_ms"], row["low_ms"], row["high_ms"]) + GRADE_MARKS[row["verdict"]]


def _bounded(value: float, low: float, high: float) -> str:
    return three_digits(value) + ("" if pd.isna(low) else f" [{three_digits(low)}, {three_digits(high)}]")


def _slope(line: Slope) -> str:
    return f"{interval_text(line.slope, '{:.2f}')} (R² {number(line.r_squared)})"


def _megabytes(n_bytes: float | None) -> str:
    return NOTHING if n_bytes is None or pd.isna(n_bytes) else three_digits(n_bytes / 1e6)


def _table(rows: list[dict[str, str]]) -> tuple[Block, ...]:
    if not rows:
        return ()
    return (Table.of(pd.DataFrame(rows).fillna(NOTHING), ("network", "published as", "measured")),)

TIME = ["time", "--sweep", "smoke"]
BAD_COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "no rounds": ([*TIME, "--rounds", "0"], ["--rounds", "1 or more", "received 0"]),
    "a thread count of many digits": ([*TIME, "--threads", "9" * 5000], ["--threads", "received 999"]),
    "no samples": ([*TIME, "--samples", "0"], ["--samples", "1 or more", "received 0"]),
    "more threads than cores": ([*TIME, "--threads", "1,999"], ["threads need a core each", "received 999"]),
    "threads in words": ([*TIME, "--threads", "all"], ["--threads", "such as 1,2", "received all"]),
    "a core that there is not": ([*TIME, "--cpus", "999"], ["cores it may use", "received core 999"]),
    "an unknown part": ([*TIME, "--parts", "step,tape"], ["forward_backward", "keras, disk", "received 'tape'"]),
    "an unknown sweep to time": (["time", "--sweep", "width"], ["'width'", "did you mean widths?"]),
    "an unknown precision": ([*TIME, "--set", "protocol.precision=float8"], ["'float32' or 'mixed_bfloat16'"]),
}

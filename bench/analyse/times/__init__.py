"""Step times: medians and ratios over rounds, and how far each can be trusted."""

"""The answer of a study: what a larger network buys, which size to take, and how sure that is.

study_answer.py   the one answer of a study; every page and plot takes its verdict and choice from it
obstacles.py      what keeps a study from answering
next_step.py      what would narrow the answer: more seeds, or only more images
family_answer.py  one family of sizes: its shape, slope per decade, and the size from which more adds less than a margin
"""

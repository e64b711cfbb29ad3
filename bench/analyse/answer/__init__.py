"""The answer of a study: what a larger network buys, which size to take, and how sure that is.

family_answer.py  one family of sizes: its shape, slope per decade, and the size from which more adds less than a margin
"""

"""The words: what is said of an analysis, in sentences and tables of text cells.

statements.py    the page statements.md and what ``analyse`` prints
wording.py       how numbers, p values and pairs of networks read
"""

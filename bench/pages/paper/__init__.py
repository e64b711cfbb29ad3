"""What an author needs to report a study, as plain data: for ``python -m bench paper``.

paper_table.py  the table of six columns
methods.py      the methods paragraph, by topic
texts.py        captions and limitations
reporting.py    the items of CLAIM and TRIPOD+AI that the study can fill in
references.py   the bibliography
"""

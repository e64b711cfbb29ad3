"""What an author needs to report a study, as plain data: for ``python -m bench paper``.

paper_table.py  the table of six columns
"""

"""A stored study as records and frames, read once. The only statistics are those of the summary.

study_data.py       ``StudyData``: the whole study; read this file first
reported_study.py   ``ReportedStudy``: what a study's files state, read without its store
summary.py          summary.csv: one row per network and protocol
families.py         families of networks that differ in size only; the names of networks
factorial_cells.py  the cells of a factorial study
"""

"""What was stored of a study, read once: records and frames. No statistic beyond a summary.

study_data.py       ``StudyData``: the file to read first
summary.py          summary.csv: one row per network and protocol
families.py         which networks differ in size only; the names of networks
factorial_cells.py  the cells of a factorial study
"""

"""Matplotlib figures, one module per kind of chart; colours.py has every colour, marker and line style."""

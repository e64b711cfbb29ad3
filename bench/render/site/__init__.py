"""A site of studies as HTML files that load nothing from a network.

site_html.py  the index, the comparison of two studies, a README
templates/    the templates, their style sheet and the script of the index
"""

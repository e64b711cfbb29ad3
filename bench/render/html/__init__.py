"""A study as one self-contained HTML file.

study_html.py    ``study_html``: the file, from the template and the vendored scripts
vega_lite.py     charts as specifications of Vega-Lite
vega_layers.py   a part of it: each kind of layer
swatches.py      the marks of a legend as small pictures
text_html.py     texts and cells as HTML: code, definitions
scripts.py       the vendored scripts and their licences
templates/       the template, its style sheet and its script
vendor/          Vega, Vega-Lite, Vega-Embed and Vega's interpreter, as npm ships them
"""

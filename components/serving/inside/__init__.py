"""All that leans on what Streamlit does not promise, in one place.

``context`` asks what only Streamlit's run knows; ``delivery``, ``downloads`` and ``answers`` change
what no configuration can. Styles and scripts beside the pages find parts of the page by Streamlit's
names for them. ``tests/components/serving/inside/test_pin.py`` says which of these a newer
Streamlit has broken: run it first when the pin moves.
"""

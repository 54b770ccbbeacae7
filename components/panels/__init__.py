"""The parts of a page: each draws one thing with Streamlit, from what it is given."""

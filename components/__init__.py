"""Everything that is drawn: Streamlit and Altair, no training mathematics."""

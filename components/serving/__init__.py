"""What serves the pages: memory, the store, turns, and what leans on Streamlit's inside."""

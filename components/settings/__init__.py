"""What a visitor asks for: every control in one table, the link, and what runs are called."""

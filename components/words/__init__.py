"""Sentences in both languages, and how numbers are written in them."""

"""The parts of the page of one's own program: what is pasted, its reading, and the answer to it.

What somebody has typed is text wherever it is shown: it goes into elements, which escape it, or
into Streamlit's own code block; never into Markdown, a link, a store or the log.
"""

"""From a text to its reading."""

from models.reading.reading import Reading, Refusal


def read_program(text: str) -> Reading:
    """Read a program; nothing of it is run.

    Args:
        text: the program, or whatever was pasted in its place.

    Returns:
        Its reading; it has an experiment or a refusal, one of the two.
    """
    return Reading(text, refusal=Refusal("no_network"))

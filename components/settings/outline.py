"""Which scenes the lesson has, in the lecture's order, and the answers that each offers."""

_LEARNS = ("learns", "sometimes", "stops")

OUTLINE: dict[str, tuple[str, ...]] = {
    "neuron": _LEARNS,
    "deep": _LEARNS,
    "deeper": _LEARNS,
    "chain": ("most", "hundredth", "hardly"),
    "relu": _LEARNS,
    "seeds": ("nearly_all", "half", "few"),
    "family": ("tanh", "relu", "leaky_relu", "maxout", "elu"),
    "turn": _LEARNS,
}
"""A scene's name and its answers, in the order in which they are offered."""

NUMBERS = range(1, len(OUTLINE) + 1)  # of the scenes, as a visitor counts them
PAGES = ("class", "look", "question", "answer", "picture", "more", "why", "not", "challenges")
"""What a lecturer turns to in a scene, in this order; a scene has those that it needs."""
CHALLENGES = ("deep", "kill", "fewest", "adam")

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
    "adam": _LEARNS,
    "helps": ("norm", "skip", "either", "neither"),
}
"""A scene's name and its answers, in the order in which they are offered."""

NUMBERS = range(1, len(OUTLINE) + 1)  # of the scenes, as a visitor counts them
PAGES = (
    "class",
    "look",
    "question",
    "answer",
    "picture",
    "more",
    "cost",
    "why",
    "not",
    "challenges",
    "close",
)
"""What a lecturer turns to in a scene, in this order; a scene has those that it needs."""
MINUTES = {
    "neuron": 5,
    "deep": 4,
    "deeper": 5,
    "chain": 9,
    "relu": 7,
    "seeds": 5,
    "family": 4,
    "adam": 4,
    "helps": 7,
}
"""How long a scene takes in a lecture of fifty minutes."""
MINUTES_SHORT = {"deeper": 4, "chain": 6, "relu": 5, "seeds": 5}
"""The same in one of twenty: the scenes without which the story is not told."""
CHALLENGES = ("deep", "kill", "fewest", "adam")

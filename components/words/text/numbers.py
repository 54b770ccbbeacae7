"""English number: whether a word stands for one thing or for several.

A sentence is written with both, ``{depth} hidden layer|layers``, ``{resting} rests|rest``;
``resolved`` keeps the one that fits the number before it.
"""

import re

_PAIRS = re.compile(r"(?<!\|)\b([A-Za-z]+)\|([A-Za-z]+)\b")
_NUMBER = re.compile(r"(↔ *)?(?<![\w.,#])(\d[\d,.]*)(?![\w])")


def resolved(sentence: str) -> str:
    """The sentence with the fitting form of each word that is written with both."""

    def fitting(found: re.Match) -> str:
        numbers = _NUMBER.findall(sentence[: found.start()])
        # Of two runs that differ it is said at once: 9 ↔ 1 hidden layers.
        return found[1] if numbers and numbers[-1] == ("", "1") else found[2]

    return _PAIRS.sub(fitting, sentence)

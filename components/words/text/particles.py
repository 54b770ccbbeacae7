"""Korean particles: which of two forms follows a word depends on how its last letter is read.

A sentence is written with both, ``{name}은(는)``, ``{step}(으)로``; ``resolved`` keeps one.
"""

import re

_HANGUL = range(0xAC00, 0xD7A4)
_FINALS = 28  # forms of a syllable that differ in their final consonant alone, the first has none
_FINAL_L = 8
_DIGITS = dict(zip("0123456789", "영일이삼사오육칠팔구", strict=True))
# How a word or an abbreviation in Latin letters is read at its end: Adam, Maxout, He normal; GELU.
_LATIN = {"l": "을", "m": "음", "n": "은", "b": "읍", "c": "윽", "k": "윽", "p": "읍", "t": "읏"}
_CAPITALS = {"L": "엘", "M": "엠", "N": "엔", "R": "알"}
FORMS = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
}
_PAIRS = re.compile(
    r"([\w%])([^\w%<]*(?:<[^>]*>)*)(" + "|".join(map(re.escape, FORMS)) + ")",
)


def resolved(sentence: str) -> str:
    """The sentence with the fitting form of each particle that is written with both."""
    return _PAIRS.sub(lambda found: found[1] + found[2] + _form(found[1], found[3]), sentence)


def _form(letter: str, both: str) -> str:
    closed, open_ = FORMS[both]
    final = _final(letter)
    # After ㄹ it is 로: 1로, 서울로.
    return open_ if not final or (both == "(으)로" and final == _FINAL_L) else closed


def _final(letter: str) -> int:
    """The number of a letter's final consonant as it is read; 0: it ends in a vowel."""
    read = _DIGITS.get(letter) or _CAPITALS.get(letter) or _LATIN.get(letter, letter)
    return (ord(read) - _HANGUL.start) % _FINALS if ord(read) in _HANGUL else 0

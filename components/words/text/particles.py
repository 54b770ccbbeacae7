"""Korean particles: which of two forms follows a word depends on how its end is read.

A sentence is written with both, ``{name}은(는)``, ``{step}(으)로``; ``resolved`` keeps one.
"""

import re

_HANGUL = range(0xAC00, 0xD7A4)
_FINALS = 28  # forms of a syllable that differ in their final consonant alone, the first has none
_FINAL_L = 8
# Digit by digit, as decimals are read: 0.50 is 영점오영. A whole 십, 백 or 천 ends as 영 does.
_SIGNS = dict(zip("0123456789₀₁₂₃₄₅₆₇₈₉", "영일이삼사오육칠팔구" * 2, strict=True))
_SIGNS |= dict.fromkeys("⁰¹²³⁴⁵⁶⁷⁸⁹", "곱")  # 10⁻⁵ is 십의 마이너스 오 제곱
_SIGNS |= {"¼": "일", "½": "일", "¾": "삼"}
# How a word in Latin letters is read at its end: Adam, Maxout, He normal.
_LATIN = {"l": "을", "m": "음", "n": "은", "b": "읍", "c": "윽", "k": "윽", "p": "읍", "t": "읏"}
_NAMES = {"L": "엘", "M": "엠", "N": "엔", "R": "알"}  # of letters that are spelt: XOR, n
FORMS = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
    "(이)라고": ("이라고", "라고"),
}
_PAIRS = re.compile(
    r"([\w%∂/]*[\w%∂])([^\w%∂<]*(?:<[^>]*>)*)(" + "|".join(map(re.escape, FORMS)) + ")",
)
_FRACTION = re.compile(r"(\d+)/\d+")
_SPELT = re.compile("(?<![A-Za-z])[A-Za-z]|[A-Z]")


def resolved(sentence: str) -> str:
    """The sentence with the fitting form of each particle that is written with both."""
    return _PAIRS.sub(lambda found: found[1] + found[2] + _form(found[1], found[3]), sentence)


def _form(word: str, both: str) -> str:
    closed, open_ = FORMS[both]
    final = _final(word)
    # After ㄹ it is 로: 1로, 서울로.
    return open_ if not final or (both == "(으)로" and final == _FINAL_L) else closed


def _final(word: str) -> int:
    """The number of a word's final consonant as it is read; 0: it ends in a vowel."""
    read = _last_syllable(word)
    return (ord(read) - _HANGUL.start) % _FINALS if ord(read) in _HANGUL else 0


def _last_syllable(word: str) -> str:
    """How a word is read at its end; a letter that is not Hangul: it ends in a vowel."""
    if fraction := _FRACTION.fullmatch(word):
        return _last_syllable(fraction[1])  # 1/4 is 사분의 일
    last = word[-1]
    if _SPELT.fullmatch(word, len(word) - 1):
        return _NAMES.get(last.upper(), last)
    return _SIGNS.get(last) or _LATIN.get(last, last)

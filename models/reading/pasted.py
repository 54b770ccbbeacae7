"""From what was pasted to a program's syntax tree, or to what it is instead."""

from __future__ import annotations

import ast
import json
import re
import textwrap
import warnings

from models.reading.reading import Refusal

MOST_BYTES = 64 * 1024
MOST_BRACKETS = 60  # within each other
MOST_TOKENS = 12_000  # names, numbers and signs
_TOKEN = re.compile(r"\w+|[^\w\s]")
_ODD_SPACES = str.maketrans({"\u00a0": " ", "\u3000": " ", "\ufeff": "", "\u200b": ""})
_MAGIC = re.compile(r"^\s*(%|!|\?|```)")
_PROMPT = re.compile(r"^\s*(>>>|In \[\d*\]:)( |$)")
_CONTINUED = re.compile(r"^\s*(\.\.\.|   \.\.\.:)( |$)")
_ERROR = re.compile(r"^\s*[\w.]*(Error|Exception|Interrupt|Warning)\b")
LANGUAGES = {
    "Java": r"\bpublic\s+(static|class|void)\b|System\.out\.|\bimport\s+java\.|^\s*package\s+\w+;",
    "C++": r"^\s*#include\b|\bstd::|\bint\s+main\s*\(|\bprintf\s*\(.*;|\busing\s+namespace\b",
    "JavaScript": r"\b(const|let|var)\s+\w+\s*=|\bconsole\.log\b|=>\s*[{(]"
                  r"|\bfunction\s*\w*\s*\(.*\{|\brequire\s*\(|^\s*import\s+.*\bfrom\s+['\"]",
    "C#": r"\busing\s+System\b|\bnamespace\s+\w+\s*\{|Console\.Write",
    "R": r"<-\s*(function|c)\s*\(|\blibrary\s*\(\w+\)",
    "MATLAB": r"^\s*function\s+.*=.*\(.*\)\s*$|^\s*end\s*;?\s*$|^\s*clc\b|^\s*clear all\b",
    "shell": r"^\s*(\$|sudo|apt|apt-get|cd|pip3?|conda|export|git|python3?)\s+\S+"
             r"|^#!.*\b(ba|z)?sh\b",
}  # fmt: skip
"""By language a pattern of what is its own, the most telling first."""


class UnreadableError(Exception):
    """There is no program; ``refusal``: why, ``text``: what there is."""

    def __init__(self, text: str, name: str, line: int | None = None, **values: object):
        super().__init__(name)
        self.text, self.refusal = text, Refusal(name, line, values)


def as_program(text: object) -> tuple[str, ast.Module]:
    """A program's text without what only pages and notebooks have, and its syntax tree.

    Raises:
        UnreadableError: it is no program.
    """
    text = _as_text(text)
    if not text.strip():
        raise UnreadableError(text, "empty")
    text = _without_prompts(_cells(text))
    if not text.strip():
        raise UnreadableError(text, "empty")
    if depth_of(text) > MOST_BRACKETS or len(_TOKEN.findall(text)) > MOST_TOKENS:
        raise UnreadableError(text, "too_complex")
    return text, _tree(text)


def _as_text(text: object) -> str:
    if isinstance(text, bytes | bytearray):
        if len(text) > MOST_BYTES:
            raise UnreadableError("", "too_long", bytes=len(text), most=MOST_BYTES)
        try:
            text = bytes(text).decode()
        except UnicodeDecodeError as wrong:
            raise UnreadableError("", "not_text") from wrong
    if not isinstance(text, str):
        raise UnreadableError("", "not_text")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise UnreadableError("", "too_long", bytes=size, most=MOST_BYTES)
    try:
        text.encode()
    except UnicodeEncodeError as wrong:
        raise UnreadableError("", "not_text") from wrong
    if "\0" in text:
        raise UnreadableError("", "not_text")
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_ODD_SPACES)


def _cells(text: str) -> str:
    """The code of a notebook's file; any other text itself."""
    if not text.lstrip().startswith("{") or '"cells"' not in text:
        return text
    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return "\n".join("".join(source) for source in sources)
    except (ValueError, TypeError, KeyError, RecursionError):
        return text


def _without_prompts(text: str) -> str:
    """Without a console's prompts and answers, a notebook's commands, and a common indent."""
    lines = text.split("\n")
    if any(_PROMPT.match(line) for line in lines):
        lines = [_typed(line) for line in lines]
    kept = ["" if _MAGIC.match(line) else line for line in lines]
    first = next((line for line in kept if line.strip()), "")
    return textwrap.dedent("\n".join(kept)) if first[:1] in (" ", "\t") else "\n".join(kept)


def _typed(line: str) -> str:
    """What was typed on a line of a console; its answers are comments."""
    for prompt in (_PROMPT, _CONTINUED):
        if found := prompt.match(line):
            return line[found.end() :]
    return f"# {line}" if line.strip() else line


def depth_of(text: str) -> int:
    """How many brackets are open at most."""
    depth = most = 0
    for letter in text:
        if letter in "([{":
            depth += 1
            most = max(most, depth)
        elif letter in ")]}":
            depth = max(depth - 1, 0)
    return most


def _tree(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as wrong:
        raise _not_python(text, wrong) from wrong
    except (RecursionError, MemoryError) as wrong:
        raise UnreadableError(text, "too_complex") from wrong
    except ValueError as wrong:  # a number of too many digits
        raise UnreadableError(text, "not_python", None, message=str(wrong)) from wrong


def _not_python(text: str, wrong: SyntaxError) -> UnreadableError:
    """What a text is instead of Python."""
    if "Traceback (most recent call last)" in text:
        errors = [line.strip() for line in text.split("\n") if _ERROR.match(line)]
        return UnreadableError(text, "stack_trace", error=errors[-1][:200] if errors else "")
    for language, pattern in LANGUAGES.items():
        if re.search(pattern, text[:8000], re.MULTILINE):
            return UnreadableError(text, "other_language", language=language)
    return UnreadableError(text, "not_python", wrong.lineno, message=str(wrong.msg)[:200])

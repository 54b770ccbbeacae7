"""The answer in words: why the program does not learn, how often it does, and what helps."""

from dataclasses import dataclass

from markupsafe import Markup

from components.drawing.markup import element, joined
from components.panels.mine.trying import solved_of
from components.settings.naming import run_names
from components.words.numbers import whole
from components.words.text import Text
from models import Experiment
from models.reading import Mistake, Reading
from models.reading.answers import Answer, Question
from models.reading.mistakes import MISTAKES


@dataclass(frozen=True)
class Asked:
    """What is asked of a program.

    Attributes:
        reading: of its text.
        question: what is trained for the answer; None: it takes too long.
    """

    reading: Reading
    question: Question | None


def headline(words: Text, asked: Asked, found: Answer, why: Markup | str = "") -> Markup:
    """The sentences that answer, the one with the cause and its numbers first.

    ``why``: what the lab says of the program as it is; empty: that is not at hand.
    """
    said = _KINDS[found.kind](words, asked, found, why)
    told = [name for each in found.changes for name in each.mistakes]
    rest = (_because(words, each) for each in asked.reading.mistakes if each.name not in told)
    lines = (element("p", each) for each in (*said, *rest) if each)
    return element("div", *lines, class_="vgl-verdict vgl-mine", role="status")


def _learns(words: Text, asked: Asked, found: Answer, why: Markup | str) -> list[object]:
    wrong = words("mine.still_wrong") if asked.reading.mistakes else ""
    own = _of(asked)
    told = words("mine.learns", task=own.task.label, solved=solved_of(own), count=own.networks)
    seed = words("mine.luck") if solved_of(own) < own.networks else ""
    return [told, seed, wrong]


def _cause(words: Text, asked: Asked, found: Answer, why: Markup | str) -> list[object]:
    each: list[object] = []
    for change in found.changes:
        mistake = _mistake(asked, change.mistakes[0])
        solved, count = solved_of(change.experiment), change.experiment.networks
        told = words("mine.alone_mended", solved=solved, count=count)
        each.append(joined((_because(words, mistake), _own(words, asked), told), " "))
    return each


def _together(words: Text, asked: Asked, found: Answer, why: Markup | str) -> list[object]:
    mended = found.changes[0]
    lines = ", ".join(f"{_mistake(asked, name).line}" for name in mended.mistakes)
    solved, count = solved_of(mended.experiment), mended.experiment.networks
    told = words("mine.together", lines=lines, solved=solved, count=count)
    return [joined((_own(words, asked), told), " ")]


def _diagnosed(words: Text, asked: Asked, found: Answer, why: Markup | str) -> list[object]:
    # What only needs more steps had too few.
    cause = "few_steps" if found.cause == "learning" else found.cause
    because = element("b", words("mine.cause", cause=words(f"atlas.cause.{cause}")))
    return [joined((because, why or _own(words, asked), _helped(words, asked, found)), " ")]


def _helps(words: Text, asked: Asked, found: Answer, why: Markup | str) -> list[object]:
    return [joined((why or _own(words, asked), _helped(words, asked, found)), " "),
            words("mine.no_cause")]  # fmt: skip


def _nothing(words: Text, asked: Asked, found: Answer, why: Markup | str) -> list[object]:
    own = _own(words, asked)
    if not found.tried:
        return [own]
    best = max(found.tried, key=solved_of)
    assert asked.question and asked.question.base
    change = change_name(words, asked.question.base, best)
    told = words("mine.nothing", tried=len(found.tried), change=change, solved=solved_of(best),
                 count=best.networks)  # fmt: skip
    return [joined((own, told), " ")]


_KINDS = {
    "learns": _learns,
    "cause": _cause,
    "together": _together,
    "diagnosed": _diagnosed,
    "helps": _helps,
    "nothing": _nothing,
}


def _because(words: Text, mistake: Mistake) -> Markup:
    name = mistake.name
    cause = words(f"mine.mistakes.{name}")
    return element("b", words("mine.cause_line", line=mistake.line, cause=cause))


def _own(words: Text, asked: Asked) -> str:
    """What becomes of the program as it is."""
    question = asked.question
    if question is None or question.as_it_is is None:
        kinds = [MISTAKES[mistake.name] for mistake in asked.reading.mistakes]
        why = "stops" if any(kind.stops for kind in kinds) else "still"
        return words(f"mine.untrained_{why}")
    own = _of(asked)
    return words("mine.as_trained", task=own.task.label, solved=solved_of(own), count=own.networks)


def _of(asked: Asked) -> Experiment:
    """The program as it is."""
    assert asked.question and asked.question.as_it_is
    return asked.question.as_it_is


def _helped(words: Text, asked: Asked, found: Answer) -> str:
    """What a remedy does."""
    assert asked.question and asked.question.base and found.remedy
    change = change_name(words, asked.question.base, found.remedy)
    too = "helped_too" if asked.question.alone else "helped"
    solved, count = solved_of(found.remedy), found.remedy.networks
    return words(f"mine.{too}", change=change, solved=solved, count=count)


def change_name(words: Text, before: Experiment, after: Experiment) -> str:
    """What a remedy changes."""
    if after.steps != before.steps:
        return words("cost.use_steps", value=whole(after.steps))
    return run_names(words, (before, after))[1]


def trying_in_words(words: Text, asked: Question, missing: Experiment) -> str:
    """What is trained now."""
    if missing == asked.as_it_is:
        return words("mine.training")
    for each in asked.alone:
        if each.experiment == missing:
            return words("mine.mending", count=1)
    if asked.together and asked.together.experiment == missing:
        return words("mine.mending", count=len(asked.together.mistakes))
    if asked.base is None or missing == asked.base:
        return words("mine.training")
    return words("mine.trying", change=change_name(words, asked.base, missing))


def _mistake(asked: Asked, name: str) -> Mistake:
    return next(each for each in asked.reading.mistakes if each.name == name)

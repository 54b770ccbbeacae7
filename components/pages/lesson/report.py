"""What a visitor guessed and what happened, to hand in or to keep."""

from collections.abc import Mapping, Sequence

from components.pages.lesson.scenes import SCENES, Run, Scene, answer_name
from components.runs import Runs
from components.words.text import Text

WAIT_SECONDS = 30.0  # for a run that is no longer in the cache


def report(
    words: Text, runs: Runs, session: str, guesses: Mapping[int, str | None], seen: Sequence[int]
) -> str:
    """The scenes that were run, in Markdown; their outcomes are computed anew if need be."""
    parts = [f"# {words('lesson.report_title')}"]
    for scene in SCENES:
        if scene.number in seen:
            trained = _trained(runs, session, scene)
            if trained is not None:
                parts.append(_part(words, scene, trained, guesses.get(scene.number)))
    return "\n\n".join(parts) + "\n"


def _trained(runs: Runs, session: str, scene: Scene) -> Sequence[Run] | None:
    """The scene's runs at their end; None if one of them failed."""
    visit, found = runs.visit(f"{session} report"), []
    for experiments in scene.runs:
        progress = visit.watch(experiments, wait=WAIT_SECONDS)
        if progress.error or not progress.finished:
            return None
        found.append(progress.trained)
    visit.leave()
    return found


def _part(words: Text, scene: Scene, trained: Sequence[Run], guess: str | None) -> str:
    setting = scene.setting()
    said = setting | scene.said(words, trained)
    right = scene.right(trained)
    happened = " / ".join(answer_name(words, answer) for answer in right)
    made = answer_name(words, guess) if guess else words("lesson.report_none_made")
    if guess:
        made += f" ({words('lesson.right' if guess in right else 'lesson.wrong')})"
    title = words(f"lesson.{scene.name}.title")
    return "\n".join(
        [
            f"## {scene.number}. {title}",
            "",
            f"- **{words('lesson.report_question')}**: "
            + words(f"lesson.{scene.name}.question", **setting),
            f"- **{words('lesson.report_guess')}**: {made}",
            f"- **{words('lesson.report_happened')}**: {happened}",
            "",
            words(f"lesson.{scene.name}.why", **said),
        ]
    )

"""The sentences: both languages say the same things, and figures are written as one writes them."""

import ast
import re
from collections.abc import Iterator
from string import Formatter
from typing import Any

import pytest

from components.drawing import network, replay
from components.drawing.charts.chain import DASHES
from components.drawing.charts.health import MEASURES, NORM_MEASURES
from components.export.pictures import MOMENTS
from components.pages.lesson import notes
from components.panels import family
from components.panels.atlas.cell import REFUSED
from components.panels.atlas.findings import COUNTED, NAMED
from components.panels.mine import listing, refusals
from components.panels.offers import FITTING
from components.panels.sidebar import PRESETS
from components.settings import challenges
from components.settings.naming import OUTPUT_PARTS
from components.settings.outline import OUTLINE, PAGES
from components.settings.state import DEFAULTS, MANY
from components.settings.state.items import (
    ATLAS,
    AXIS_PLACES,
    EDGES,
    LAB,
    LESSON,
    MINE,
    RATE_CHOICES,
    VIEWS,
)
from components.settings.state.runs import GROUPS, RULES
from components.words.text import Text, text
from components.words.text.particles import FORMS
from models import ACTIVATIONS
from models.comparison import STARTS
from models.diagnostics import CULPRITS, DAMAGES, FATES
from models.diagnostics.causes import CAUSES
from models.experiment import ORDERS
from models.initializers import BIASES
from models.norms import NORMS
from models.own_weights import MISSING
from models.predicted import CAVEATS
from models.reading.mistakes import MISTAKES
from models.reading.reading import REFUSALS, WHYS
from models.sweep import AXES
from models.sweep import FIGURES as SWEPT
from models.sweep.findings import FINDINGS
from models.sweep.theory import THEORIES
from models.tasks import PLATEAUS, TASKS
from tests.components.words.keys import (
    DOTTED,
    called,
    composed_keys,
    constant_keys,
    modules,
    passed,
    sections_used,
    whole_strings,
)

HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


def entries(words: Text) -> dict[str, str]:
    """Dotted key to sentence."""

    def walk(entry: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
        for key, value in entry.items():
            if isinstance(value, dict):
                yield from walk(value, f"{prefix}{key}.")
            else:
                yield prefix + key, value

    return dict(walk(words._entries, ""))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def calls() -> Iterator[tuple[str, set[str]]]:
    """Each ``words("key", a=..., b=...)`` with a literal key: the key and ``a, b``."""
    for _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) == "words":
                given = {keyword.arg for keyword in node.keywords}
                for part in whole_strings(ast.Expr(node.args[0])):
                    if DOTTED.fullmatch(part.value):
                        yield part.value, given


def test_both_languages_have_the_same_keys_and_placeholders():
    korean, english = entries(text("ko")), entries(text("en"))
    assert korean.keys() == english.keys()
    for key, sentence in english.items():
        assert placeholders(korean[key]) == placeholders(sentence), key
        assert sentence.strip(), key
        assert korean[key].strip(), key


def test_each_language_is_written_in_its_own_letters():
    korean, english = entries(text("ko")), entries(text("en"))
    assert {key for key, sentence in english.items() if HANGUL.search(sentence)} == set()
    unwritten = {
        key
        for key, sentence in korean.items()
        if re.search("[A-Za-z]{2}", re.sub(r"{\w+}", "", sentence)) and not HANGUL.search(sentence)
    }
    assert unwritten == set(), "these read as English in Korean"


# Controls that belong to every run, and have a sentence of help each.
OWN = {name for name in DEFAULTS if not name.startswith("compare_")} - {"members", "rates"}
FIGURES = set(family.FORMS)
GOALS = set(challenges.CHALLENGES)
# Requirements by their first argument; how many layers of what is composed.
REQUIREMENTS = passed("Requirement", 0) | {f"layers_{name}" for name in passed("_layers", 1)}
# What a function is given, by the key that it makes of it.
GIVEN = {
    "alt.{kind}": passed("_chart", 1) | passed("show_chart", 1),
    "atlas.{kind}": {"csv", "parquet"},
    "atlas.{name}": {"never", "no_cause", "unknown"},
    "atlas.axis_{place}": set(AXIS_PLACES),
    "atlas.axis_{part}": {"low", "high", "count"},
    **{key: set(SWEPT) for key in ("atlas.figures.{figure}", "atlas.figures.{name}")},
    **{key: set(SWEPT) for key in ("atlas.figures.{}", "atlas.figures_help.{}")},
    **{key: set(CAUSES) for key in ("atlas.cause.{}", "atlas.cause.{cause}")},
    "atlas.theories.{}": set(THEORIES),
    "atlas.limits.{limit}": {limit for theory in THEORIES.values() for limit in theory.limits},
    "atlas.refused_{why}": {*REFUSED, "other"},
    "atlas.no_theory_{why}": {"figure", "axes", "networks"},
    "atlas.findings.{key}": {*FINDINGS, "agreement", "agreements", "departure_one", "departures"}
    | {"remedy_never"}
    | {f"{gains}{theory}" for gains in ("gain", "gains") for theory in ("", "_within", "_off")},
    "atlas.findings.{kind}": {"up_to", "up_to_deepest"}
    | {f"{kind}_{end}" for kind in ("from", "up_to") for end in ("end", "open")}
    | {"from"},
    "atlas.findings.{how}": {"both", "neither"},
    "atlas.findings.value.{key}": set(AXES) - NAMED | {"norm_batch", "norm_layer"},
    "atlas.findings.bare.{name}": COUNTED,
    "controls.{}": set(AXES),
    "pages.{name}": {LAB, LESSON, ATLAS, MINE},
    "mine.{name}": {"as_it_is", "with_change"},
    "mine.{kind}": set(listing.KINDS),
    "mine.fields.{field}": {"activation_parameter"},
    "mine.instead.{other}": {*refusals.INSTEAD.values(), "nearest"},
    "mine.mistakes.{name}": set(MISTAKES),
    "mine.refusals.{name}": set(REFUSALS),
    "mine.why.{why}": set(WHYS),
    "controls.{name}": OWN,
    "controls.{field}": OWN,
    "controls.group_{group}": set(GROUPS),
    "answers.{answer}": {a for answers in OUTLINE.values() for a in answers} - set(ACTIVATIONS),
    "challenge.{name}.goal": GOALS,
    "challenge.{name}.hint_1": GOALS,
    "challenge.{name}.hint_2": GOALS,
    "challenge.{name}.title": GOALS,
    "requirement.{}": REQUIREMENTS,
    "cost.use_{control}": set(FITTING) - {"networks"},  # which are counted in words
    "chain.{column}": {"layer", "weights", "weights_skip", "error", "activation", "norm"}
    | {"signal", "signal_norm", "inputs", "gradient"},
    "chain.line_{line}": set(DASHES),
    "damage.{kind}": set(DAMAGES) - {"dead"} | {f"dead_{by}" for by in CULPRITS},
    "details.output_{}": {"cancels", "off", "stays", "squared", "other"},
    "family.{figure}": FIGURES,
    "family.{figure}_help": FIGURES,
    "fate.{fate}": set(FATES),
    "inside.{lost}": {"diverged", "undefined"},
    "print.{lost}": {"diverged", "undefined"},
    "fate.{fate}_means": set(FATES) - set(PLATEAUS),
    "fate.told_{fate}": set(FATES) - set(PLATEAUS) - {"solved"},
    "health.{measure}": {*MEASURES, *NORM_MEASURES},
    "health.{measure}_caption": {*MEASURES, *NORM_MEASURES},
    "controls.rates_{value}": set(RATE_CHOICES),
    "help.{name}": OWN - {"data"},  # a gate and its coding have one each
    "in_view.{kind}_of": set(VIEWS),
    "network.caption_{by}": set(EDGES),
    "lesson.{kind}": passed("_entry", 2),
    "lesson.page.{page}": set(PAGES),
    **{
        f"lesson.{{}}.{part}": set(OUTLINE)
        for part in ("title", "text", "question", "why", "not", "notes", "figure", "figure_of")
    },
    **{f"many.{part}_{{many}}": set(MANY) for part in ("most", "never", "member", "taken")},
    "missing.{missing}": set(MISSING),
    "names.bias_{bias}": set(BIASES),
    "names.loss_{loss}": {loss for _, loss in OUTPUT_PARTS.values()},
    "names.norm_{norm}": set(NORMS),
    "names.order_{order}": set(ORDERS),
    "options.flag.{label}": {"on", "off"},
    "names.unit_{unit}": {unit for unit, _ in OUTPUT_PARTS.values()},
    "numbers.{}": set(MOMENTS),
    "points.norm_{norm}": set(NORMS),
    "plateaus.{name}": set(PLATEAUS),
    "network.maxout_{by}": set(EDGES),
    "network.norm_{}": set(NORMS),
    "network.norm_{}_tried": set(NORMS),
    "network.skip_{by}": set(EDGES),
    "start.{kin}": set(STARTS),
    "story.{gate}": {name.partition("_")[0] for name in TASKS},
    "story.{kind}": {"look", "look_flat", "look_huge", "look_explodes"},
    "theory.{name}": set(CAVEATS),
    "verdict.{kind}": {
        *(
            f"{run}{how}"
            for run in ("", "run_")
            for how in ("learns", "sometimes", "fails", "not_yet")
        )
    },
    "verdict.one_{outcome}": {"learns", "fails", "not_yet"},
}
# Options that have a name of their own in a language, by control.
OPTIONS = {
    f"{control}.{option}"
    for control in ("init", "bias", "order", "optimizer", "output", "norm", "flag")
    for option in text("ko").section("options")[control]
}
# Sections that a component fills in by itself.
BY_BROWSER = {"network": network, "replay": replay, "clock": notes}
# Sections that are handed over as a whole, and what is asked of them.
WHOLE = {
    "presets": set(PRESETS),
    "options": OPTIONS,
    "counts_with": {*RULES, "second"},
    **{
        name: set(re.findall(r"\btext\.(\w+)", component._JS))
        for name, component in BY_BROWSER.items()
    },
}


def test_what_the_browser_fills_in_has_no_particle_to_be_chosen():
    """It does not choose between their forms, as ``Text`` does."""
    undecided = {
        key
        for section in BY_BROWSER
        for key, sentence in text("ko").section(section).items()
        if any(both in sentence for both in FORMS)
    }
    assert undecided == set()


def composed() -> set[str]:
    """Every key that the code composes, by name."""
    keys = set()
    for found in composed_keys():
        members = found.members or set()
        assert members or found.template in GIVEN, f"what becomes of {found.template} is not known"
        keys |= found.keys(members | GIVEN.get(found.template, set()))
    return keys


def test_every_sentence_is_used_and_every_used_sentence_exists():
    known = {key for key in entries(text("en")) if "." in key}
    whole = {f"{section}.{name}" for section, names in WHOLE.items() for name in names}
    used = constant_keys() | composed() | whole
    assert sorted(known - used) == [], "these are never asked for"
    assert sorted(used - known) == [], "these are asked for and do not exist"
    assert sections_used() == set(WHOLE)


def test_the_table_says_only_what_cannot_be_seen():
    seen: dict[str, set[str]] = {}
    for found in composed_keys():
        seen.setdefault(found.template, set()).update(found.members or {""})
    assert GIVEN.keys() <= seen.keys()
    assert [t for t, members in GIVEN.items() if "" not in seen[t] and members <= seen[t]] == []


def test_every_call_fills_the_placeholders_of_its_sentence():
    english = entries(text("en"))
    found = list(calls())
    assert len(found) > 30
    for key, given in found:
        assert placeholders(english[key]) <= given, key


def test_a_missing_sentence_or_value_is_an_error():
    with pytest.raises(KeyError):
        text("en")("verdict.nothing")
    with pytest.raises(KeyError):
        text("en")("verdict.second", name="ReLU")

"""The page, without a browser: controls, links, what is said, and what is refused."""

import contextlib
import io
import re
import threading
import time
from dataclasses import replace
from html import unescape
from types import SimpleNamespace

import numpy as np
import pytest

from components import runs
from components.drawing.charts.style import Style
from components.pages import lab
from components.panels.fates import in_words
from components.panels.sidebar import PRESETS
from components.runs import Progress, job, polling
from components.runs.policy import MAX_BYTES
from components.settings.naming import init_name, option_names
from components.settings.state import DEFAULTS, LABELS, NONE
from components.words.numbers import number, percent
from components.words.text import LANGUAGES, text
from models import Experiment, Trainer, train, train_together
from models.cost import estimate
from models.diagnostics import fates, saturated_share
from models.predicted import predicted_dead, predicted_shrink
from tests.components.page import Page, plain
from tests.components.waiting import PATIENCE
from tests.components.words.test_text import HANGUL, entries

FIELDS = {"rate": "learning_rate"}
# Control, another value of it than the default's.
MOVES = {
    "activation": "tanh",
    "depth": 2,
    "width": 3,
    "init": "he_normal",
    "optimizer": "adam",
    "learning_rate": 0.5,
    "steps": 200,
    "networks": 8,
    "seed": 7,
    "dtype": "float64",
}


@pytest.fixture(scope="module")
def page() -> Page:
    """A page that every test may play with; it is put back to small settings."""
    return Page()


def field(page: Page, control: str) -> object:
    return getattr(page.experiments[0], FIELDS.get(control, control))


@pytest.mark.parametrize("control", MOVES)
def test_every_control_moves_the_experiment(page, control):
    before, was = field(page, control), page.experiments[0]
    page.set(control, MOVES[control])
    assert not page.app.exception
    assert field(page, control) == MOVES[control] != before
    page.set(control, before)
    assert page.experiments[0] == was, "and moves nothing else"


def test_the_other_activation_starts_from_the_same_weights(page):
    page.set("compare", "mish")
    first, other = page.experiments
    assert other == first.with_activation("mish")
    page.set("compare", "sigmoid")


@pytest.mark.parametrize(
    ("activation", "control", "value"), [("leaky_relu", "slope", 0.3), ("elu", "alpha", 2.0)]
)
@pytest.mark.parametrize("place", ["activation", "compare"])
def test_an_activations_parameter_has_its_control(activation, control, value, place):
    page = Page(**{place: activation})
    page.set(control, value)
    one = page.experiments[0 if place == "activation" else 1]
    assert (one.activation, one.activation_parameter) == (activation, value)


def test_the_header_says_the_setting():
    page = Page(depth=2, width=3, init="he_normal", optimizer="adam", learning_rate="0.5")
    expected = page.words(
        "page.setting",
        layers=page.words("page.layers", depth=2, width=3),
        init=LABELS["init"]["he_normal"],
        optimizer=LABELS["optimizer"]["adam"],
        rate="0.5",
        networks=page.words("count.networks", n=4),
    )
    assert page.setting.startswith(expected)
    assert page.status == page.words("run.done", steps="100")


def test_the_code_gives_the_numbers_on_the_page():
    page = Page(activation="leaky_relu", slope="0.3", depth=4, networks=8, seed=11)
    namespace: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(page.app.code[0].value, namespace)
    experiments = namespace["experiments"]
    assert experiments["Leaky ReLU"].activation_parameter == 0.3
    histories = [train(experiment) for experiment in experiments.values()]
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', page.html)
    for history, row in zip(histories, rows, strict=True):
        assert percent(history.solved.mean()) in plain(row)
        norms = history.weight_gradient_norm[0]
        assert number(float(np.median(norms[0] / norms[-1]))) in plain(row)


def test_the_charts_hold_the_runs_numbers():
    page = Page(depth=3, networks=8, seed=5)
    history = train(page.experiments[0])
    tables = page.tables()
    curves = tables["curves"][tables["curves"].arm == "ReLU"]
    np.testing.assert_allclose(curves.middle, np.median(history.loss, axis=1), rtol=1e-6)
    summary = tables["summary"][tables["summary"].arm == "ReLU"]
    expected = np.median(np.log10(history.weight_gradient_norm[-1]), axis=1)
    np.testing.assert_allclose(summary[f"m{len(history.steps) - 1}"], expected, rtol=1e-5)
    assert tables["steps"].step.tolist() == history.steps.tolist()


def test_the_scale_changes_the_loss_chart(page):
    histories = train_together(page.experiments)
    page.set("scale", "accuracy")
    assert page.tables()["curves"].middle.between(0, 1).all()
    accuracy = [percent(history.accuracy[-1].mean()) for history in histories]
    values = f"ReLU {accuracy[0]} · Sigmoid {accuracy[1]}"
    assert page.words("captions.accuracy", values=values) in captions(page)
    assert page.words("how.accuracy", networks=4) in page.explained("loss")
    page.set("scale", "log")
    assert (page.tables()["curves"].middle > 0).all()
    page.set("scale", "linear")
    losses = [number(float(np.median(history.loss[-1]))) for history in histories]
    values = f"ReLU {losses[0]} · Sigmoid {losses[1]}"
    assert page.words("captions.loss", values=values) in captions(page)
    assert page.words("how.loss", networks=4) in page.explained("loss")


def captions(page: Page) -> list[str]:
    """All captions, without what stands behind them."""
    return [caption.value for caption in page.app.caption]


def test_it_is_said_how_steep_an_activation_is_and_where_it_is_flat():
    page = Page(activation="selu", compare="maxout")
    selu, maxout = train_together(page.experiments)
    slopes = page.words("captions.slopes", slopes="SELU 1.8 · Maxout 1.0")  # 1.0507 * 1.6733
    assert slopes in captions(page)
    more = page.explained("activation")
    share = percent(saturated_share(selu, -1))
    flat = page.words("how.saturated_shares", shares=f"SELU {share}")
    assert flat in more, "Maxout's winning piece is never flat"
    assert page.words("how.maxout_drawn", first="1", second="−1") in more
    count = f"{maxout.experiment.parameter_count:,}"
    assert page.words("how.maxout", count=count) in more


def theory_notes(page: Page) -> list[tuple[str, str]]:
    """Of each row of the figures: what theory expects, and the hint why it may be off."""
    notes = re.findall(r'<small class="vgl-theory"(?: title="([^"]*)")?>(.*?)</small>', page.html)
    return [(text, unescape(hint)) for hint, text in notes]


def test_the_figures_hold_what_theory_expects_beside_what_was_measured():
    page = Page(depth=3, width=64, init="lecun_normal", activation="tanh")
    for experiment, (said, hint) in zip(page.experiments, theory_notes(page), strict=True):
        shrink = predicted_shrink(experiment)
        assert said == page.words("figures.theory", shrink=number(shrink))
        assert hint == "", "here it should hold"
    narrow = Page(depth=3, activation="tanh", compare=NONE)
    ((_, hint),) = theory_notes(narrow)
    for name in ("narrow", "uniform_first_layer"):
        assert narrow.words(f"theory.{name}", width=10).lower() in hint.lower()


def test_the_share_of_networks_born_dead_stands_beside_what_theory_expects():
    page = Page(width=3, networks=16, compare="tanh")
    relu = train(page.experiments[0])
    dead = int((relu.weight_gradient_norm[0] == 0).any(axis=0).sum())
    share = percent(predicted_dead(page.experiments[0]))
    assert 0 < dead < 16
    said = page.explained("gradient")
    values = {"name": "ReLU", "networks": 16, "dead": dead, "share": share}
    assert page.words("how.born_dead", **values) in said
    assert "tanh: 0 of 16" not in said, "only ReLU dies"
    reasons = [page.words(f"theory.{name}", width=3) for name in ("narrow", "deep")]
    assert ", ".join(reasons) in said


def test_where_theory_is_silent_it_is_said():
    page = Page(depth=0, compare=NONE)
    reasons = page.words("theory.no_hidden_layer")
    said = page.explained("gradient")
    assert page.words("how.no_theory", name="ReLU", reasons=reasons) in said
    assert page.words("how.theory") not in said


def printed(page: Page, place: int = 0) -> str:
    """The printout of one activation."""
    return plain(re.findall(r'<p class="vgl-print">.*?</table>', page.html)[place])


def test_the_printout_is_the_networks_own():
    page = Page(depth=1, networks=6, steps=500, seed=2)
    histories = train_together(page.experiments)
    page.set("view", "number")
    for network in (0, 5, 3):
        page.set("view_number", network)
        for place, history in enumerate(histories):
            seen = printed(page, place)
            assert (
                page.words(
                    "print.summary",
                    network=network,
                    seed=2 + network,
                    fate=in_words(page.words, history.experiment, fates(history)[network]),
                    accuracy=percent(history.accuracy[-1, network]),
                    loss=f"{history.loss[-1, network]:.4f}",
                )
                in seen
            )
            for p, label in zip(history.hypothesis[-1, :, network], (0, 1, 1, 0), strict=True):
                right = page.words("print.right" if (p > 0.5) == label else "print.wrong")
                assert f"{p:.4f} {int(p > 0.5)} {label} {right}".replace(" ", "") in seen.replace(
                    " ", ""
                )
        views = page.tables()["single"].query("view").network.unique()
        assert views.tolist() == [network], "the charts show the same network"


def test_best_typical_and_worst_are_what_they_say():
    page = Page(depth=1, networks=8, steps=500, compare=NONE)
    loss = train(page.experiments[0]).loss[-1]
    order = np.argsort(loss)
    for view, network in {"best": order[0], "worst": order[-1], "typical": order[3]}.items():
        page.set("view", view)
        assert f"{loss[network]:.4f}" in printed(page)


def test_a_networks_number_is_kept_within_fewer_networks():
    page = Page(networks=8)
    page.set("view", "number").set("view_number", 7).set("networks", 2)
    assert not page.app.exception
    assert "seed 1" in printed(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_said_is_in_the_language(language):
    page = Page(
        lang=language, activation="maxout", compare="elu", depth=2, learning_rate="5", seed="x"
    )
    shown = page.everything()
    words, other = text(language), text("en" if language == "ko" else "ko")
    assert words("page.title") in shown
    assert words("help.activation") in shown, "help is among what is looked at"
    said = [fragment for fragment in foreign(words, other) if fragment in shown]
    assert said == []
    if language == "en":
        hangul = HANGUL.findall(shown.replace("언어 · Language", "").replace("한국어", ""))
        assert hangul == []
    untranslated = [key for key in entries(words) if "." in key and f'"{key}"' in shown]
    assert untranslated == []


def foreign(words, other) -> list[str]:
    """The longest piece of each of the other language's sentences; short ones could be names."""
    own = entries(words)
    pieces = [
        max(re.split(r"{\w+}", sentence), key=len)
        for key, sentence in entries(other).items()
        if own[key] != sentence
    ]
    return [piece for piece in pieces if len(piece) > (12 if other.language == "en" else 6)]


GOOD_LINKS = [
    {"activation": "tanh", "depth": "3"},
    {"activation": "Leaky ReLU", "slope": "0.3", "init": "He normal", "optimizer": "Adam"},
    {"activation": "leaky_relu", "init": "he_normal", "optimizer": "adam", "learning_rate": "0.5"},
    {"activation": "RELU", "compare": "none", "width": "5", "seed": "12", "dtype": "float64"},
    {"activation": "SiLU", "compare": "gelu", "init": "XAVIER_UNIFORM"},
    {"activation": "elu", "compare": "–", "alpha": "2"},
    {"lang": "ko", "activation": "sigmoid", "compare": "ReLU", "depth": "0"},
    {"lang": "한국어", "width": "128", "networks": "1", "steps": "200"},
]


def value_of(control: str, asked: str) -> object:
    """What a link asks for, as the control's value."""
    for value, label in LABELS.get(control, {}).items():
        if asked.lower() in (label.lower(), f"{value}".lower()):
            return value
    return float(asked) if "." in asked else int(asked)


@pytest.mark.parametrize("link", GOOD_LINKS, ids=str)
def test_a_good_link_opens_exactly_its_setting(link):
    page = Page(**link)
    assert not page.app.exception
    assert page.warnings == []
    asked = {key: value_of(key, value) for key, value in page.link.items()}
    assert page.control("lang").value == asked.pop("lang")
    values = DEFAULTS | asked
    activation = values["activation"]
    parameter = {"leaky_relu": values["slope"], "elu": values["alpha"]}
    first, *other = page.experiments
    assert first == Experiment(
        activation=activation,
        activation_parameter=parameter.get(activation),
        **{FIELDS.get(key, key): values[key] for key in MOVES if key != "activation"},
    )
    assert [e.activation for e in other] == [values["compare"]] * (values["compare"] != NONE)


@pytest.mark.parametrize(
    "link", [{"learning_rate": "0.10"}, {"learning_rate": "1e-1"}, {"depth": "03"}], ids=str
)
def test_a_number_may_be_written_in_its_own_way(link):
    page = Page(**link)
    assert page.warnings == []
    assert page.experiments[0].learning_rate == 0.1


BAD_LINKS = [
    ("depth", "99"),
    ("depth", "-1"),
    ("depth", "3.5"),
    ("depth", "many"),
    ("width", "0"),
    ("activation", "nonsense"),
    ("activation", "None"),
    ("compare", "ReLUU"),
    ("init", "<b>he</b>"),
    ("optimizer", "lbfgs"),
    ("learning_rate", "abc"),
    ("learning_rate", "0"),
    ("learning_rate", "nan"),
    ("steps", "-1"),
    ("steps", "150.5"),
    ("networks", "1000000"),
    ("seed", "1e99"),
    ("seed", "-5"),
    ("seed", "99999999999999999999"),
    ("dtype", "float16"),
    ("slope", "7"),
    ("lang", "xx"),
    ("depth", ""),
    ("activation", ""),
    ("seed", ""),
]


@pytest.mark.parametrize(("control", "asked"), BAD_LINKS)
def test_a_bad_link_is_told_and_the_rest_of_it_kept(control, asked):
    kept = {"activation": "leaky_relu", "width": "4", "seed": "3", "networks": "2", "steps": "100"}
    page = Page(**(kept | {control: asked}))
    assert not page.app.exception
    assert page.errors == []
    (warning,) = page.warnings
    words = page.words
    assert words("language" if control == "lang" else f"controls.{control}") in warning
    for part in re.findall(r"[\w.+-]+", asked):
        assert part in warning
    assert "<" not in warning
    experiment = page.experiments[0]
    for key in kept.keys() - {control}:
        assert getattr(experiment, key) == value_of(key, kept[key])


def test_every_wrong_value_of_a_link_is_named():
    page = Page(depth="99", learning_rate="abc", init="nothing", width="4")
    (warning,) = page.warnings
    for control, asked in (("depth", "99"), ("learning_rate", "abc"), ("init", "nothing")):
        assert page.words("controls." + control) in warning
        assert asked in warning
    assert page.experiments[0].width == 4


def test_a_warning_about_the_link_says_what_is_used():
    page = Page(depth="99")
    used = page.experiments[0].depth
    expected = page.words("link.wrong", control=page.words("controls.depth"), asked=99, used=used)
    assert page.warnings == [expected]


def test_what_others_put_into_a_link_stays_there_untold():
    page = Page(utm_source="mail", fbclid="x1")
    assert not page.app.exception
    assert page.warnings == []
    page.set("depth", 2)
    assert page.app.query_params["utm_source"] == "mail"
    assert "depth" in page.app.query_params


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_sets_every_control(page, preset):
    page.set("preset", preset, settle=False)
    assert not page.app.exception
    values = DEFAULTS | PRESETS[preset]
    experiment, *other = page.experiments if page.app.code else [None]
    assert page.control("preset").value == preset
    for control in MOVES:
        assert page.control(control).value == values[control], control
    if experiment:
        assert experiment.depth == values["depth"]
        assert bool(other) == (values["compare"] != NONE)


def test_reset_puts_everything_back():
    page = Page(depth=2, activation="tanh", compare="none", init="zeros", seed=4, slope="7")
    page.click("reset")
    assert page.experiments[0] == Experiment(activation=DEFAULTS["activation"])
    assert [e.activation for e in page.experiments[1:]] == [DEFAULTS["compare"]]
    assert page.warnings == [], "what the link once said no longer matters"


@pytest.mark.parametrize("compare", [NONE, "relu"])
def test_nothing_to_compare_with_draws_one_arm(compare):
    page = Page(activation="relu", compare=LABELS["compare"][compare])
    assert len(page.experiments) == 1
    assert set(page.tables()["curves"].arm) == {"ReLU"}
    assert set(page.tables()["summary"].arm) == {"ReLU"}
    assert len(re.findall('class="vgl-print"', page.html)) == 1
    assert page.html.count('<th scope="row">') == 1


def clean(page: Page) -> None:
    """Nothing failed, and nothing that is shown is a number that is none."""
    assert not page.app.exception
    assert page.errors == []
    captions = " ".join(c.value for c in page.app.caption)
    for wrong in ("nan", "None", "inf ", "{", "Traceback"):
        assert wrong not in page.prose + captions


def test_no_hidden_layer():
    page = Page(depth=0)
    clean(page)
    assert "fallen" not in page.tables(), "there is no pre-activation to draw"
    words = page.words
    assert words("captions.no_hidden") in captions(page)
    assert words("captions.gradient_flat") in captions(page)
    assert words("how.unused") in page.explained("activation")
    assert words("verdict.no_hidden") in page.verdict
    assert words("page.setting", layers=words("page.no_layers"), **header(page)) in page.setting
    assert set(page.tables()["summary"].layer) == {1}


def header(page: Page) -> dict:
    experiment = page.experiments[0]
    return {
        "init": init_name(page.words, experiment.init),
        "optimizer": option_names(page.words, "optimizer")[experiment.optimizer],
        "rate": f"{experiment.learning_rate:g}",
        "networks": page.words("count.networks", n=experiment.networks),
    }


def test_one_unit_one_network():
    page = Page(width=1, networks=1)
    clean(page)
    said = " ".join(captions(page))
    assert page.words("captions.loss_one", values="@").split("@")[0] in said
    assert page.words("how.gradient_one") in page.explained("gradient")


def test_a_run_without_any_gradient_says_why():
    """Where the loss is not defined from the start, the gradients are unknown, not zero."""
    page = Page(compare="relu", compare_output="linear", networks=8)
    name = page.words("names.unit_linear")
    assert page.words("captions.undefined_all", name=name) in captions(page)
    assert "exactly 0" not in " ".join(captions(page))


def test_a_loss_without_any_line_is_a_sentence():
    page = Page(compare="none", output="linear", networks=8)
    assert page.words("captions.loss_none", names="ReLU") in captions(page)
    assert "curves" not in page.tables()
    page.set("scale", "accuracy")
    assert "curves" in page.tables(), "which is 0, and a number"


def test_zeros_never_learn_and_it_is_said():
    page = Page(init="zeros", activation="relu", compare="tanh")
    clean(page)
    # The bias of the last layer alone gets a gradient, and its mean over the points is 0.
    assert page.words("captions.zero_all", name="ReLU, tanh") in captions(page)
    assert "summary" not in page.tables()
    plateaus = page.tables()["plateaus"].query("seen")
    assert plateaus.height.tolist() == pytest.approx([np.log(2)])


def test_a_diverging_run_is_told():
    page = Page(activation="leaky_relu", compare="none", learning_rate="10", depth=9, networks=8)
    history = train(page.experiments[0])
    assert history.diverged.mean() > 0.5, "the setting diverges"
    clean(page)
    grew = page.words("verdict.diverged")
    assert page.words("verdict.at_rate", rate="10", met=grew) in page.verdict
    page.set("view", "worst")
    worst = int(np.flatnonzero(history.diverged)[-1])
    assert page.words("print.diverged", network=worst, seed=worst) in printed(page)
    clean(page)


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        ("memory", {"depth": 50, "width": 128, "networks": 256, "steps": 2000}),
        ("memory", {"depth": 50, "width": 128, "networks": 256, "steps": 100}),
        ("time", {"steps": 200_000, "networks": 256}),
        ("time", {"depth": 50, "width": 64, "networks": 8, "steps": 200_000}),
    ],
)
def test_too_costly_a_setting_offers_one_that_fits(kind, link, monkeypatch):
    # As on the machine the constants were fitted to, however busy this one is.
    monkeypatch.setattr(runs.Runs, "estimate", lambda self, asked: estimate(asked))
    page = Page(**link)
    assert not page.app.exception
    (warning,) = page.warnings
    assert warning.startswith(
        page.words(f"cost.{kind}", size="@", limit="@", time="@").split("@")[0]
    )
    offers = page.offers
    assert offers[0].startswith("use "), "there is a way out"
    assert any(offer.startswith("go anyway") for offer in offers) == (kind == "time")
    _, control, value = offers[0].split()
    page.click(offers[0], settle=False)
    assert page.warnings == []
    value = int(value)
    assert page.control(control).value == value < link[control]
    assert page.offers == [], "it is trained"
    values = {key: link[key] for key in ("depth", "width", "networks", "steps") if key in link}
    experiment = Experiment(**(values | {control: value}))
    cost = estimate([experiment, experiment.with_activation("relu")])
    assert cost.bytes <= MAX_BYTES


def test_an_offer_that_is_taken_is_not_asked_about_again(monkeypatch):
    """The machine may turn out slower in between: what the page offered, it does."""
    page = Page(steps=200_000, networks=256, settle=False)
    assert page.offers
    asked = runs.Runs.estimate

    def slower(self, experiments):
        cost = asked(self, experiments)
        return replace(cost, seconds=cost.seconds * 1.5)

    monkeypatch.setattr(runs.Runs, "estimate", slower)
    page.click(page.offers[0], settle=False)
    assert page.offers == []


def test_every_setting_of_the_controls_has_a_way_out():
    """The largest everything: even then some offer fits."""
    page = Page(depth=50, width=128, networks=256, steps=200_000, dtype="float64", optimizer="adam")
    assert not page.app.exception
    assert len(page.warnings) == 1
    assert page.offers


def test_a_costly_run_can_be_started_anyway():
    page = Page(depth=30, steps=200_000, networks=256)
    assert len(page.warnings) == 1
    page.click("go anyway", settle=False)
    assert page.warnings == []
    assert page.offers == []
    assert not page.settled
    page.set("depth", 31, settle=False)
    assert len(page.warnings) == 1, "another setting asks again"


def test_in_a_crowd_a_page_stands_in_line_and_draws_its_run_once_it_has_ended(monkeypatch):
    told, tell = [], lab.header

    def header(words, choice, progress, place=None, in_line=False):
        if place:  # drawn once more
            told.append((progress.step, progress.finished, in_line))
        return tell(words, choice, progress, place, in_line)

    monkeypatch.setattr(lab, "header", header)
    monkeypatch.setattr(polling, "LIVE_CROWD", -1)
    monkeypatch.setattr(polling, "TELL_SECONDS", 0.02)
    monkeypatch.setattr(polling, "LINE_SECONDS", 1e9)  # however slow this machine is
    told_early, early = [], lab._until_then

    def until_then(style, choice):
        told_early.append(choice.experiments)
        early(style, choice)

    monkeypatch.setattr(lab, "_until_then", until_then)
    page = Page(seed=987_657, steps=5_000, networks=32, settle=False)
    assert told_early == [page.experiments], "a newcomer has something to look at, once"
    assert page.settled, "after a single run of the page"
    *waited, last = told
    assert len(waited) > 1
    assert all(in_line and not done for _, done, in_line in waited)
    steps = [step for step, _, _ in waited]
    assert steps == sorted(steps)
    assert steps[-1] > 0
    assert last == (5_000, True, False)
    assert page.status == page.words("run.done", steps="5,000")
    assert len(page.charts()) == 4, "what stood there meanwhile is gone"
    page.set("seed", 987_658)
    assert len(told_early) == 1, "who has a picture keeps it meanwhile"


def test_in_a_crowd_a_long_run_is_drawn_as_far_as_it_is_now_and_then(monkeypatch):
    monkeypatch.setattr(polling, "LIVE_CROWD", -1)
    monkeypatch.setattr(polling, "TELL_SECONDS", 0.02)
    monkeypatch.setattr(polling, "LINE_SECONDS", 0.1)
    link = {"steps": 200_000, "networks": 8, "depth": 2, "width": 4, "compare": "none"}
    page = Page(seed=987_659, **link, settle=False)
    assert not page.settled
    assert len(page.charts()) >= 3
    assert page.words("run.in_line") in page.status
    page.look(settle=False)
    assert not page.settled
    assert len(page.charts()) >= 3


@pytest.mark.parametrize(
    ("step", "crowd", "drawn", "redraws"),
    [
        (100, 100, 0.0, True),  # it has ended
        (50, 3, 0.0, True),  # few are left
        (50, 100, -polling.LINE_SECONDS - 1, True),  # it was drawn long ago
        (50, 100, 0.0, False),
    ],
    ids=["ended", "few", "long ago", "waits"],
)
def test_who_follows_a_long_run_in_a_crowd_sees_it_drawn_when_it_is_worth_it(
    monkeypatch, step, crowd, drawn, redraws
):
    told = []
    progress = Progress(("a history",), step, 100, 5.0, None)
    monkeypatch.setattr(polling, "next_look", lambda *_: progress)
    monkeypatch.setattr(lab.state, "get", lambda name: (None, time.monotonic() + drawn))
    monkeypatch.setattr(lab, "header", lambda *_, in_line: told.append(in_line))

    def rerun():
        raise RerunError

    monkeypatch.setattr(lab.st, "rerun", rerun)
    choice = SimpleNamespace(experiments=[])
    visit = SimpleNamespace(runs=SimpleNamespace(crowd=crowd))
    asked = lab.Asked(choice, visit, visit, 0.35, None, ended=False, in_line=True)
    with pytest.raises(RerunError) if redraws else contextlib.nullcontext():
        lab._follow.__wrapped__(text("en"), asked)
    assert told == ([] if redraws else [True])


class RerunError(Exception):
    """In place of Streamlit's own."""


class Broken(Trainer):
    """Fails in the worker."""

    def __init__(self, experiments, keep=None):
        raise RuntimeError("no <b>room</b> {left}")


def test_a_failing_run_is_a_sentence_and_can_be_tried_again(monkeypatch):
    working = job.Trainer
    monkeypatch.setattr(job, "Trainer", Broken)
    page = Page(seed=987_654)
    assert not page.app.exception
    (error,) = page.errors
    start, end = page.words("run.failed", reason="@").split("@")
    assert error.startswith(start)
    assert error.endswith(end)
    assert "RuntimeError" in error
    assert "<b>" not in error
    assert "Traceback" not in page.everything()
    assert page.charts() == []
    assert page.status != page.words("run.done", steps="100"), "it is not said to be done"
    monkeypatch.setattr(job, "Trainer", working)
    page.click("again")
    assert page.errors == []
    assert page.verdict


def test_a_failing_run_leaves_the_other_settings_alone(monkeypatch):
    monkeypatch.setattr(job, "Trainer", Broken)
    page = Page(seed=987_655)
    assert page.errors
    monkeypatch.undo()
    page.set("seed", 987_656)
    assert page.errors == []
    assert page.verdict


def test_the_language_can_be_changed_and_nothing_is_lost():
    page = Page(depth=3, seed=5)
    before = page.experiments
    page.words = text("ko")
    page.set("lang", "ko")
    layers = page.words("page.layers", depth=3, width=10)
    assert page.setting.startswith(page.words("page.setting", layers=layers, **header(page)))
    assert page.experiments == before


def test_colours_in_words_are_the_charts():
    page = Page(activation="tanh", compare="gelu")
    style = Style("en", False, ("tanh", "gelu"))
    for name, ink in zip(style.names, style.inks, strict=True):
        assert f'<b style="color:{ink}">{name}</b>' in page.html
    spec = page.charts()[-1].spec
    assert all(color in spec for color in style.colors)


def test_charts_have_names_for_those_who_cannot_see_them():
    page = Page()
    for kind, chart in zip(
        ("gradient", "loss", "activation", "fallen"), page.charts(), strict=True
    ):
        assert chart.alt == page.words(f"alt.{kind}", names="ReLU / Sigmoid")


def test_of_a_run_that_takes_long_the_first_networks_are_shown_first(monkeypatch):
    monkeypatch.setattr(lab, "LONG_SECONDS", 0.0)
    drawn, draw = [], lab.verdict

    seen = threading.Event()

    def verdict(style, histories, *options):
        drawn.append(histories)
        if histories[0].finished:
            seen.set()
        return draw(style, histories, *options)

    class Waiting(Trainer):
        """All networks are trained once the first few were seen, however fast the machine is."""

        def advance(self, *args):
            assert self.experiments[0].networks == 16 or seen.wait(PATIENCE)
            super().advance(*args)

    monkeypatch.setattr(lab, "verdict", verdict)
    monkeypatch.setattr(job, "Trainer", Waiting)
    link = {"depth": 9, "width": 16, "networks": 64, "steps": 200, "seed": 987_661}
    page = Page(**link)
    assert not page.app.exception
    sizes = [(h.experiment.networks, h.finished) for h, *_ in drawn]
    assert sizes == sorted(sizes), "the first few, to their end, then all"
    assert (16, True) in sizes
    assert sizes[-1] == (64, True)
    assert (64, False) not in sizes, "what is there is not taken away for less"
    few = next(h for h, *_ in drawn if h.finished)
    whole = drawn[-1][0]
    np.testing.assert_array_equal(few.solved, whole.solved[:16])
    assert page.words("run.few", few=16, count=64) not in page.html
    drawn.clear()
    page.look()
    assert {h.experiment.networks for h, *_ in drawn} <= {64}, "they are known now"

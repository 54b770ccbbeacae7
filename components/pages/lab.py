"""The lab: the verdict in numbers, three charts, and what the lecture's program would print."""

import html
import uuid
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import streamlit as st

from components.charts import activation, arrow, gradient, loss
from components.charts.style import Style
from components.pages.inside import inside
from components.runs import MAX_BYTES, MAX_SECONDS, Progress, Runs, shared_runs
from components.sidebar import LABELS, NETWORKS, STEPS, Choice, link_problems
from components.text import Text, duration, number, percent
from models import ACTIVATIONS, Experiment, History
from models.datasets import XOR_INPUTS, XOR_LABELS
from models.diagnostics import (
    gradient_ratio,
    representative_networks,
    saturated_share,
    shrink_per_layer,
    wilson_interval,
)

FIRST_LOOK_SECONDS = 0.3  # how long a page waits for a run before it draws what is there
LAST_SECONDS = 0.6  # a run with less than this to go is waited for rather than drawn once more
POLL_SECONDS = 0.35  # between two looks at a run
FITTING = {"networks": NETWORKS, "steps": STEPS, "width": range(1, 129)}  # what is offered instead
VIEWS = ("typical", "best", "worst", "number")


def render(words: Text, choice: Choice) -> None:
    """Draw the page for what the sidebar says."""
    style = Style(
        words.language,
        st.context.theme.type == "dark",
        tuple(experiment.activation for experiment in choice.experiments),
    )
    _link_notice(words, choice)
    runs, session = shared_runs(), st.session_state.setdefault("session", uuid.uuid4().hex)
    if not _affordable(words, style, runs, choice):
        runs.leave(session)
        return
    pace = _pace(runs.crowd)
    soon = FIRST_LOOK_SECONDS / 2
    progress = _look(runs, session, choice, wait=FIRST_LOOK_SECONDS, soon=soon, again=pace)
    looked = iter([progress])

    def results() -> None:
        now = next(looked, None) or _look(
            runs, session, choice, wait=0.0, soon=LAST_SECONDS, again=pace
        )
        # Also where a finished run is no longer in the cache: then the page must look again.
        if now.finished != progress.finished:
            st.rerun()
        _draw(words, style, choice, now, runs)

    st.fragment(results, run_every=None if progress.finished else pace)()


def _pace(crowd: int) -> float:
    """Seconds between two looks at a run.

    In a crowd more seldom: drawing for all who wait must not take the training its time.
    """
    return POLL_SECONDS * min(max(1.0, crowd / 3), 10.0)


def _look(
    runs: Runs, session: str, choice: Choice, *, wait: float, soon: float, again: float
) -> Progress:
    """See how far the run is after ``wait`` seconds, or at its end if that comes ``soon`` after."""
    progress = runs.watch(session, choice.experiments, wait, again)
    left = progress.seconds_left
    if not progress.finished and left is not None and left < soon:
        # Drawing now would hold up the training (one interpreter serves both) and be drawn over.
        progress = runs.watch(session, choice.experiments, 2 * soon, again)
    return progress


def _draw(words: Text, style: Style, choice: Choice, progress: Progress, runs: Runs) -> None:
    _header(words, choice, progress)
    if progress.error:
        _failed(words, choice, progress, runs)
        return
    if progress.histories is None:
        st.info(words("run.waiting"), icon=":material/hourglass_empty:")
        return
    histories = progress.histories
    networks = [_network_in_view(history) for history in histories]
    st.html(_verdict(words, style, histories) + _figures(words, style, histories))
    _charts(words, style, histories, networks)
    st.fragment(inside)(words, style, histories, networks)
    _lab_print(words, style, histories, networks)
    _details(words, choice, histories)


def _link_notice(words: Text, choice: Choice) -> None:
    problems = link_problems(choice)
    if not problems:
        return
    lines = [
        words(
            "link.wrong",
            control=words("language" if key == "lang" else f"controls.{key}"),
            asked=_plain(asked),
            used=used,
        )
        for key, asked, used in problems
    ]
    st.warning("  \n".join(lines), icon=":material/link_off:")


def _plain(typed: str, length: int = 40) -> str:
    """What a visitor typed, cut short and without anything that Markdown would act on."""
    kept = "".join(c if c.isalnum() or c in ".-+, " else "·" for c in typed[:length])
    return kept.strip() or "·"


def _affordable(words: Text, style: Style, runs: Runs, choice: Choice) -> bool:
    """Whether to train at once; if not, say what it would take and offer what fits."""
    if runs.known(choice.experiments):
        return True
    cost = runs.estimate(choice.experiments)
    too_large = cost.bytes > MAX_BYTES
    accepted = st.session_state.get("accepted") == choice
    if not too_large and (accepted or cost.seconds <= MAX_SECONDS):
        st.session_state["accepted"] = choice  # not asked again should the estimate grow
        return True
    _header(words, choice, None)
    if too_large:
        size, limit = f"{cost.bytes / 2**20:,.0f}", f"{MAX_BYTES >> 20}"
        st.warning(words("cost.memory", size=size, limit=limit), icon=":material/memory:")
    else:
        time = duration(cost.seconds, words)
        st.warning(words("cost.time", time=time), icon=":material/schedule:")
    with st.container(horizontal=True):
        for changes, seconds in _offers(runs, choice):
            label = " · ".join(
                _networks(words, value)
                if control == "networks"
                else words(f"cost.use_{control}", value=f"{value:,}")
                for control, value in changes.items()
            )
            label += f" ({duration(seconds, words)})"
            key = "use " + " ".join(changes)
            st.button(label, on_click=_accept, args=(choice, changes), key=key)
        if not too_large:
            st.button(words("cost.anyway"), on_click=_accept, args=(choice, {}), key="go anyway")
    with st.grid(3, min_column_width=300, gap="medium", key="charts") as grid, grid.cell():
        _title(words("charts.activation_title"))
        _chart("activation", style, {"curves": activation.curve_frame(choice.experiments)}, words)
    return False


def _accept(choice: Choice, changes: dict[str, int]) -> None:
    """Take an offer: move its controls, and do not ask again should the estimate grow."""
    st.session_state.update(changes)
    st.session_state["accepted"] = choice.changed(**changes)


def _offers(runs: Runs, choice: Choice) -> list[tuple[dict[str, int], float]]:
    """The nearest settings that fit, with their seconds: one control moved, else two."""
    single = [
        offer
        for control, options in FITTING.items()
        if (offer := _largest_fitting(runs, choice, control, options))
    ]
    if single:
        return single
    for networks in sorted(NETWORKS, reverse=True):
        offer = _largest_fitting(runs, choice.changed(networks=networks), "steps", STEPS)
        if offer:
            return [({"networks": networks} | offer[0], offer[1])]
    return []


def _largest_fitting(
    runs: Runs, choice: Choice, control: str, options: Sequence[int]
) -> tuple[dict[str, int], float] | None:
    """The largest value of a control with which the run fits, and its seconds."""
    for value in sorted(options, reverse=True):
        cost = runs.estimate(choice.changed(**{control: value}).experiments)
        if cost.bytes <= MAX_BYTES and cost.seconds <= MAX_SECONDS:
            return {control: value}, cost.seconds
    return None


def _networks(words: Text, n: int) -> str:
    """How many networks, in words."""
    return words("count.networks_one") if n == 1 else words("count.networks", n=n)


def _header(words: Text, choice: Choice, progress: Progress | None) -> None:
    """Title, setting, and while a run goes on how far it is: always of the same height."""
    experiment = choice.experiment
    setting = words(
        "page.setting" if experiment.depth else "page.setting_flat",
        depth=experiment.depth,
        width=experiment.width,
        init=LABELS["init"][experiment.init],
        optimizer=LABELS["optimizer"][experiment.optimizer],
        rate=f"{experiment.learning_rate:g}",
        networks=_networks(words, experiment.networks),
    )
    trained = progress is not None and progress.error is None
    status = words("run.done" if trained else "run.planned", steps=f"{experiment.steps:,}")
    share = 0.0
    if progress and not progress.finished:
        share = progress.step / progress.steps
        left = progress.seconds_left
        status = words("run.at", step=f"{progress.step:,}", steps=f"{progress.steps:,}")
        if left is not None:
            status += " · " + words("run.left", time=duration(left, words))
    st.html(
        f'<div class="vgl-head"><h1>{words("page.title")}</h1>'
        f'<p>{setting} · <span role="status">{status}</span></p></div>'
        f'<div class="vgl-progress" role="progressbar" aria-label="{words("run.progress")}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{share * 100:.0f}">'
        f'<div style="width:{share * 100:.1f}%"></div></div>'
    )


def _failed(words: Text, choice: Choice, progress: Progress, runs: Runs) -> None:
    st.error(words("run.failed", reason=_plain(progress.error, 200)), icon=":material/error:")
    st.button(words("run.again"), on_click=runs.forget, args=(choice.experiments,), key="again")


def _name(style: Style, place: int) -> str:
    return f'<b style="color:{style.colors[place]}">{html.escape(style.names[place])}</b>'


def _verdict(words: Text, style: Style, histories: tuple[History, ...]) -> str:
    """One sentence, computed."""
    sentences = []
    training = histories[0].steps[-1] < histories[0].experiment.steps
    for place, history in enumerate(histories):
        ratio = gradient_ratio(history.weight_gradient_norm[0])
        form = "verdict.first" if place == 0 else "verdict.second"
        if not np.isfinite(ratio) or history.experiment.depth == 0:
            form += "_flat"
        sentence = words(
            form,
            name=_name(style, place),
            solved=int(history.solved.sum()),
            networks=_networks(words, history.experiment.networks),
            count=history.experiment.networks,
            ratio=number(ratio),
        )
        if history.diverged.any():
            sentence += " " + words("verdict.diverged", count=int(history.diverged.sum()))
        sentences.append((words("verdict.so_far") if training and place == 0 else "") + sentence)
    return f'<p class="vgl-verdict">{"<br>".join(sentences)}</p>'


def _figures(words: Text, style: Style, histories: tuple[History, ...]) -> str:
    """Four figures for each activation, as a table."""
    heads = "".join(
        f'<th scope="col">{words(f"figures.{name}")}'
        f"<small>{words(f'figures.{name}_note')}</small></th>"
        for name in ("solved", "steps", "ratio", "shrink")
    )
    rows = []
    for place, history in enumerate(histories):
        solved, networks = int(history.solved.sum()), history.experiment.networks
        low, high = wilson_interval(solved, networks)
        start = history.weight_gradient_norm[0]
        steps = history.steps_to_solve
        median = np.nanmedian(steps) if solved else np.nan
        ratio = gradient_ratio(start) if history.experiment.depth else np.nan
        shrink = shrink_per_layer(start)
        cells = (
            f"{percent(solved / networks)}<small>{percent(low)} – {percent(high)}</small>",
            f"{median:,.0f}" if solved else "–",
            number(ratio),
            f"×{number(shrink)}" if np.isfinite(shrink) else "–",
        )
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row">{_name(style, place)}</th>{row}</tr>')
    return (
        f'<table class="vgl-figures"><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _charts(words: Text, style: Style, histories: tuple[History, ...], networks: list[int]) -> None:
    scale = st.session_state.get("scale") or loss.SCALES[0]
    with st.grid(3, min_column_width=300, gap="medium", key="charts") as grid:
        with grid.cell():
            _title(words("charts.activation_title"))
            experiments = [history.experiment for history in histories]
            _chart("activation", style, {"curves": activation.curve_frame(experiments)}, words)
            fallen = activation.pre_activation_frame(histories)
            if histories[0].experiment.depth:
                _chart("fallen", style, {"fallen": fallen}, words)
            st.caption(_activation_caption(words, histories))
        with grid.cell():
            _title(words(f"charts.{'accuracy' if scale == 'accuracy' else 'loss'}_title"))
            tables = {
                "curves": loss.curve_frame(histories, networks, scale),
                "plateaus": loss.plateau_frame(histories, networks, style),
            }
            _chart(f"loss {scale}", style, tables, words, usual=loss.is_usual(histories))
            st.segmented_control(
                words("charts.scale"),
                loss.SCALES,
                default=loss.SCALES[0],
                required=True,
                format_func=lambda name: words(f"charts.scale_{name}"),
                key="scale",
                label_visibility="collapsed",
            )
            st.caption(_loss_caption(words, histories, scale))
        with grid.cell():
            _title(words("charts.gradient_title"))
            if gradient.has_lines(histories):
                tables = {
                    "summary": gradient.summary_frame(histories),
                    "single": gradient.single_frame(histories, networks),
                    "steps": gradient.step_frame(histories),
                }
                _chart("gradient", style, tables, words)
            st.caption(_gradient_caption(words, histories))


def _title(words: str) -> None:
    st.html(f'<h2 class="vgl-title">{words}</h2>')


@lru_cache(maxsize=256)
def _spec(name: str, style: Style, **options: bool) -> dict:
    """A chart without its data, built once a style and kind."""
    if name == "activation":
        chart = activation.curve_chart(style)
    elif name == "fallen":
        chart = activation.pre_activation_chart(style)
    elif name == "gradient":
        chart = gradient.gradient_chart(style)
    else:
        chart = loss.loss_chart(style, name.removeprefix("loss "), **options)
    spec = chart.to_dict()
    spec.pop("$schema")
    return spec


def _chart(name: str, style: Style, tables: dict, words: Text, **options: bool) -> None:
    kind = name.split()[0]
    st.vega_lite_chart(
        spec=_spec(name, style, **options)
        | {"datasets": {table: arrow(frame) for table, frame in tables.items()}},
        key=f"chart {kind}",
        alt=words(f"alt.{kind}", names=" / ".join(style.names)),
        width="stretch",
    )


def _activation_caption(words: Text, histories: tuple[History, ...]) -> str:
    if not histories[0].experiment.depth:
        return words("captions.no_hidden")
    parts = [words("captions.fallen")]
    for history in histories:
        share = saturated_share(history, -1)
        if np.isfinite(share):
            name = history.experiment.phi.label
            parts.append(words("captions.saturated", name=name, share=percent(share)))
        elif history.experiment.phi.pieces > 1:
            count = history.experiment.parameter_count
            parts.append(words("captions.maxout", count=f"{count:,}"))
    return " ".join(parts)


def _loss_caption(words: Text, histories: tuple[History, ...], scale: str) -> str:
    networks = histories[0].experiment.networks
    name = "captions.accuracy" if scale == "accuracy" else "captions.loss"
    parts = [words(name if networks > 1 else f"{name}_one", networks=networks)]
    for history in histories:
        if count := int(history.diverged.sum()):
            key = "captions.diverged_wrong" if scale == "accuracy" else "captions.diverged"
            parts.append(words(key, name=history.experiment.phi.label, count=count))
    return " ".join(parts)


def _gradient_caption(words: Text, histories: tuple[History, ...]) -> str:
    networks = histories[0].experiment.networks
    name = "captions.gradient" if networks > 1 else "captions.gradient_one"
    parts = [words(name, networks=networks)] if gradient.has_lines(histories) else []
    for history in histories:
        start, end = (history.weight_gradient_norm[[0, -1]] == 0).any(axis=1).sum(axis=1)
        if start or end:
            key = "captions.zero_all" if start == end == networks else "captions.zero"
            name = history.experiment.phi.label
            parts.append(words(key, name=name, start=start, end=end, networks=networks))
    return " ".join(parts)


def _network_in_view(history: History) -> int:
    view = st.session_state.get("view") or VIEWS[0]
    if view == "number":
        return min(int(st.session_state.get("view_number") or 0), history.experiment.networks - 1)
    return representative_networks(history)[view]


def _lab_print(
    words: Text, style: Style, histories: tuple[History, ...], networks: list[int]
) -> None:
    """The lecture's printout: hypothesis, prediction, label, for the network in view."""
    st.html(f'<h2 class="vgl-title vgl-section">{words("print.title")}</h2>')
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            words("print.view"),
            VIEWS,
            default=VIEWS[0],
            required=True,
            format_func=lambda name: words(f"print.{name}"),
            key="view",
            label_visibility="collapsed",
        )
        last = histories[0].experiment.networks - 1
        if st.session_state.get("view") == "number" and last > 0:
            number_now = min(int(st.session_state.get("view_number") or 0), last)
            st.session_state["view_number"] = number_now
            st.number_input(
                words("print.which", last=last),
                0,
                last,
                key="view_number",
                width=160,
                label_visibility="collapsed",
            )
    with st.grid(2, min_column_width=320, gap="medium", key="prints") as grid:
        for place, (history, network) in enumerate(zip(histories, networks, strict=True)):
            with grid.cell():
                st.html(_print_table(words, style, place, history, network))
    st.caption(words("print.caption"))


def _print_table(words: Text, style: Style, place: int, history: History, network: int) -> str:
    heads = "".join(
        f'<th scope="col">{words(f"print.{name}")}</th>'
        for name in ("point", "hypothesis", "prediction", "label", "verdict")
    )
    rows = []
    for point, label, p in zip(
        XOR_INPUTS.tolist(), XOR_LABELS.tolist(), history.hypothesis[-1, :, network], strict=True
    ):
        known = np.isfinite(p)
        right = known and (p > 0.5) == (label == 1)
        verdict = words("print.right" if right else "print.wrong") if known else "–"
        rows.append(
            f"<tr><td>({point[0]:.0f}, {point[1]:.0f})</td>"
            f"<td>{_probability(p) if known else '–'}</td>"
            f"<td>{int(p > 0.5) if known else '–'}</td><td>{label:.0f}</td>"
            f'<td class="vgl-{"right" if right else "wrong"}">{verdict}</td></tr>'
        )
    seed = history.experiment.seed + network
    if history.diverged[network]:
        summary = words("print.diverged", network=network, seed=seed)
    else:
        summary = words(
            "print.summary",
            network=network,
            seed=seed,
            accuracy=percent(float(history.accuracy[-1, network])),
            loss=f"{history.loss[-1, network]:.4f}",
        )
    return (
        f'<p class="vgl-print">{_name(style, place)} · {summary}</p>'
        f'<table class="vgl-points"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _probability(p: float) -> str:
    """Four decimals, or as many as show on which side of 0.5 it lies."""
    return f"{p:.4f}" if abs(p - 0.5) >= 5e-5 or p == 0.5 else f"{p:.10f}"


def _details(words: Text, choice: Choice, histories: tuple[History, ...]) -> None:
    """What else is known about the run, and the code that repeats it."""
    with st.expander(words("details.title"), key="details"):
        rows = []
        for history in histories:
            phi, experiment = history.experiment.phi, history.experiment
            facts = words(
                "details.activation",
                name=phi.label,
                formula=phi.formula,
                derivative=phi.derivative_formula,
                range=phi.range,
                paper=phi.paper,
                year=phi.year,
                count=f"{experiment.parameter_count:,}",
            )
            rows.append(facts)
        speed = sum(history.network_steps_per_second for history in histories)
        rows.append(
            words(
                "details.speed",
                seconds=f"{histories[0].seconds:.2f}",
                speed=f"{speed:,.0f}",
            )
        )
        st.markdown("\n".join(f"- {row}" for row in rows))
        st.markdown(words("details.code"))
        st.code(_code(choice.experiment, choice.other), language="python")


def _code(experiment: Experiment, other: Experiment | None) -> str:
    """A script that repeats the run with ``models``."""
    default = Experiment()
    lines = [
        f"    {name}={getattr(experiment, name)!r},"
        for name in vars(default)
        if name == "activation" or getattr(experiment, name) != getattr(default, name)
    ]
    text = (
        "import numpy as np\n\nfrom models import Experiment, train\n\nexperiment = Experiment(\n"
    )
    text += "\n".join(lines) + "\n)\nhistory = train(experiment)\n"
    text += _code_summary("history")
    if other:
        arguments = repr(other.activation)
        if ACTIVATIONS[other.activation].parameter:
            arguments += f", {other.activation_parameter!r}"
        text += f"\nother = train(experiment.with_activation({arguments}))\n" + _code_summary(
            "other"
        )
    return text


def _code_summary(name: str) -> str:
    """Lines that print the figures of the page: how many solved it, and the gradient by layer."""
    return f"print({name}.solved.sum())\nprint(np.median({name}.weight_gradient_norm[0], axis=1))\n"

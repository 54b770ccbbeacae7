"""What the server does once, before the first visitor."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import streamlit as st

from components.drawing.theory import expected
from components.pages.lesson.scenes import SCENES
from components.panels import remedies
from components.panels.sidebar import first_choice
from components.runs import shared_runs
from components.runs.process import TrainerProcess
from components.serving.inside.answers import ignore_the_impossible
from components.serving.inside.delivery import keep_the_unsent
from components.serving.inside.downloads import take_turns
from components.serving.memory import BUDGET, limit_hoarding
from components.serving.store import open_store
from models import Experiment
from models.predicted import predicted_dead


@asynccontextmanager
async def warm_up(app: st.App) -> AsyncIterator[None]:
    """Train the first screen's run, and the lesson's when there is nothing else to do.

    What is loaded is kept out of every later garbage collection.
    """
    limit_hoarding()
    keep_the_unsent()
    take_turns()
    ignore_the_impossible()
    if store := open_store():
        shared_runs().share(store)
    if BUDGET.trainer:
        shared_runs().train_in(TrainerProcess())
    # On a slow host the training goes on while the first visitors come.
    await asyncio.to_thread(_prepare, first_choice().experiments)
    gc.collect()
    gc.freeze()
    yield


def _prepare(experiments: Sequence[Experiment]) -> None:
    """Let what the first screen shows be there before anybody asks, and the lesson soon after."""
    runs = shared_runs()
    progress = runs.visit("server").watch(experiments, wait=5, again=600)
    if progress.finished and not progress.error:
        remedies.prepare(progress.trained, runs.visit("server remedy"), wait=5)
    runs.train_ahead(run for scene in SCENES for run in scene.runs)
    for experiment in experiments:
        expected(experiment)
        predicted_dead(experiment)

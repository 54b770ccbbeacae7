"""What the server does once, before the first visitor."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from components.memory import limit_hoarding
from components.runs import shared_runs
from components.sidebar import first_choice


@asynccontextmanager
async def warm_up(app: st.App) -> AsyncIterator[None]:
    """Train the first screen's run; keep what is loaded out of every later garbage collection."""
    limit_hoarding()
    experiments = first_choice().experiments
    # On a slow host the training goes on while the first visitors come.
    visit = shared_runs().visit("server")
    await asyncio.to_thread(visit.watch, experiments, wait=5, again=600)
    gc.collect()
    gc.freeze()
    yield

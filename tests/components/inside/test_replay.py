"""The replay's panel: it plays the network in view."""

import numpy as np

from components.replay import surfaces
from tests.components.inside.looking import SMALL, histories
from tests.components.page import Page
from tests.components.test_replay import Block, read


def replayed(page: Page) -> Block:
    (part,) = [node for node in page.app.get("bidi_component") if node.key == "replay"]
    return read(part.proto.bytes)


def test_the_replay_is_of_the_network_in_view():
    page = Page(**SMALL, view="number", inside="replay")
    for place in (3, 0):
        page.set("view_number", place)
        block = replayed(page)
        for arm, history in enumerate(histories(page)):
            np.testing.assert_allclose(block.loss[arm], history.loss[:, place], rtol=1e-6)
        assert block.header["steps"] == histories(page)[0].frame_steps.tolist()


def test_a_frame_is_computed_once_whoever_looks_and_however_far_the_run_is(monkeypatch):
    frames, compute = [], surfaces.decision_surface

    def counted(history, *args):
        frames.extend(history.frame_steps.tolist())
        return compute(history, *args)

    monkeypatch.setattr(surfaces, "decision_surface", counted)
    page = Page(**SMALL, networks=1, seed=75, inside="replay")
    assert sorted(frames) == sorted(2 * replayed(page).header["steps"])
    page.set("steps", 200)
    grown = replayed(page).header["steps"]
    assert grown[-1] == 200
    assert sorted(frames) == sorted(2 * grown), "the frames of both runs, each once"
    Page(**SMALL, networks=1, seed=75, steps=200, lang="한국어", inside="replay")
    assert len(frames) == 2 * len(grown)

"""The replay's panel: it plays the network that is looked into."""

import numpy as np

from tests.components.inside.looking import SMALL, histories, key
from tests.components.page import Page
from tests.components.test_replay import Block, read


def replayed(page: Page) -> Block:
    (part,) = [node for node in page.app.get("bidi_component") if node.key == "replay"]
    return read(part.proto.bytes)


def test_the_replay_is_the_chosen_networks():
    page = Page(**SMALL).set("inside", "replay")
    for place in (3, 0):
        page.set(key(page, "network "), place)
        block = replayed(page)
        for arm, history in enumerate(histories(page)):
            np.testing.assert_allclose(block.loss[arm], history.loss[:, place], rtol=1e-6)
        assert block.header["steps"] == histories(page)[0].frame_steps.tolist()

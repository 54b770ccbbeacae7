"""The atlas as a visitor meets it, without a browser."""

import pytest
from cachetools import LRUCache
from streamlit.util import calc_hash

from components.panels.atlas.findings import findings_of
from components.runs import filling
from components.settings.atlases import FOLDER, SHIPPED, shipped
from components.settings.state import DEFAULTS
from components.settings.state.items import read_cell
from components.settings.state.runs import controls_of, experiments_of
from components.words.text import LANGUAGES
from models.sweep import FIGURES
from tests.components.page import Page


class Maps(Page):
    """One visitor's atlas, opened by a link."""

    def __init__(self, **link: object):
        self._opened = False
        super().__init__(False, **{"steps": "", "networks": "", **link})

    def look(self, settle: bool = False) -> "Maps":
        if not self._opened:  # the address ends in /atlas: AppTest knows pages by file alone
            self._opened = True
            for name, value in {"steps": "", "networks": ""}.items():
                if self.link[name] == value:
                    del self.app.query_params[name]
            self.app._page_hash = calc_hash("atlas")
        return super().look(False)

    @property
    def to_lab(self) -> dict[str, str]:
        """The parameters of the way to the lab at the cell in view."""
        found = [node.proto for node in self.app.get("page_link")]
        label = self.words("atlas.open")
        (link,) = [each.query_string for each in found if each.label == label]
        return dict(pair.split("=") for pair in link.split("&"))


def test_the_maps_that_are_offered_are_those_that_there_are():
    assert sorted(SHIPPED) == sorted(path.stem for path in FOLDER.glob("*.parquet"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_opens_drawn_with_findings_and_the_way_to_the_lab(language):
    page = Maps(lang=language)
    assert not page.app.exception
    assert page.words("atlas.title") in page.html
    assert {"cells", "borders", "theory", "profile"} <= page.tables().keys()
    said = findings_of(shipped(SHIPPED[0]), language)
    assert said.count("<p>") == 3
    assert said in page.html


@pytest.mark.parametrize("name", SHIPPED)
def test_every_map_is_drawn_in_every_colour(name):
    page = Maps(map=name)
    for figure in FIGURES:
        page.set("figure", figure)
        assert not page.app.exception
        assert len(page.tables()["cells"]), figure


def test_a_cell_of_the_link_is_looked_at_and_opens_the_lab_at_exactly_itself():
    page = Maps(map="depth", cell="5,tanh,he_normal")
    atlas = shipped("depth")
    (cell,) = [c for c in atlas.sweep.cells() if c.values == (5, "tanh", "he_normal")]
    lab = Page(**{"steps": "1000", "networks": "64"} | page.to_lab)
    assert lab.experiments == [cell.experiment]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_cell_has_controls_that_mean_it(name):
    for cell in shipped(name).sweep.cells():
        if cell.experiment is not None:
            values = DEFAULTS | controls_of(cell.experiment)
            assert experiments_of(values) == ([cell.experiment], [])


def test_what_a_link_asks_for_and_there_is_not_does_no_harm():
    page = Maps(map="nowhere", figure="??", cell="1,2,3", x="depth=5:1", fill="maybe")
    assert not page.app.exception
    assert len(page.warnings) == 1
    assert len(page.tables()["cells"])
    with pytest.raises(ValueError):
        read_cell("<b>,1")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("axis", "key", "told"),
    [
        ("depth=9:2", "axis_numbers",
         {"name": "depth", "low": "0", "high": "50", "example": "depth=0∶20"}),
        ("skip=perhaps", "axis_choices", {"name": "skip", "example": "skip=off,on"}),
        ("colour=red", "axes", {"example": "depth=0∶20"}),
    ],
)  # fmt: skip
def test_of_an_axis_that_cannot_be_it_is_told_what_can(language, axis, key, told):
    page = Maps(map="own", x=axis, lang=language)
    (warning,) = page.warnings
    assert axis.replace(":", "∶") in warning
    assert page.words(f"link.{key}", **told) in warning


def test_of_a_cell_that_is_not_on_the_map_the_nearest_is_shown_and_it_is_said():
    page = Maps(map="depth", cell="13,tanh,he_normal")
    said = page.words("atlas.no_such_cell", cell="13, tanh, he\\_normal")
    assert said in [caption.value for caption in page.app.caption]
    assert page.to_lab["depth"] in ("12", "14")
    assert (page.to_lab["activation"], page.to_lab["init"]) == ("tanh", "he_normal")
    page.set("map", "start")
    assert said.split("13")[0] not in " ".join(caption.value for caption in page.app.caption)


def test_a_map_of_ones_own_tells_its_cost_fills_in_and_is_there_after_a_reload(monkeypatch):
    monkeypatch.setattr(filling, "_rows", LRUCache(100))
    own = {"map": "own", "x": "depth=1:3", "y": "activation=relu,tanh", "steps": 5,
           "cell_networks": 4, "seed": 4242}  # fmt: skip
    page = Maps(**own)
    price = page.words("atlas.price", cells="6", networks="24", time="@").split("@")[0]
    assert price in page.prose
    assert "fill" not in page.app.query_params
    page.click("fill map")
    for _ in range(50):
        if page.words("atlas.filled", cells="6", networks="24") in page.prose:
            break
        page.look()
    assert len(page.tables()["cells"]) == 6
    link = {name: page.app.query_params[name] for name in page.app.query_params}
    link = {name: each if isinstance(each, str) else each[0] for name, each in link.items()}
    again = Maps(**{"steps": "", "networks": "", **link})
    assert again.words("atlas.filled", cells="6", networks="24") in again.prose
    assert len(again.tables()["cells"]) == 6


def test_a_map_that_is_too_large_is_not_begun():
    page = Maps(map="own", x="depth=0:50", y="width=1:64", fill="on")
    assert page.warnings == [page.words("atlas.too_many", cells="3,264", most="600")]
    assert page.app.get("vega_lite_chart") == []

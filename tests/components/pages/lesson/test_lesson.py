"""The lesson as a visitor meets it, without a browser: ask, run, explain, in both languages."""

import re
import time

import pytest
from streamlit.util import calc_hash

from components.pages.lesson import classroom, rooms
from components.pages.lesson.report import report
from components.pages.lesson.rooms import Rooms, Vote
from components.pages.lesson.scenes import SCENES, answer_name
from components.runs import Job, shared_runs
from components.runs.job import key_of
from components.serving.store import MemoryStore, StoreBusyError
from components.settings.choice import choice_of
from components.settings.outline import NUMBERS, OUTLINE, PAGES
from components.words.text import text
from tests.components.page import PATIENCE, Page, plain
from tests.components.pages.lesson.screens import turn


class Lesson(Page):
    """One visitor's lesson, opened by a link."""

    def __init__(self, settle: bool = True, **link: object):
        self._opened = False
        super().__init__(settle, **{"steps": "", "networks": "", **link})

    def look(self, settle: bool = True) -> "Lesson":
        if not self._opened:  # the address ends in /lesson: AppTest knows pages by file alone
            self._opened = True
            for lab_only in ("steps", "networks"):
                del self.app.query_params[lab_only]
            self.app._page_hash = calc_hash("lesson")
        return super().look(settle)

    @property
    def settled(self) -> bool:
        waits = list(self.app.get("progress"))
        if waits:
            time.sleep(0.1)
        return not waits

    @property
    def at(self) -> int:
        """The scene that is shown."""
        found = re.search(r'class="vgl-scene">(.*?)<', self.html)
        titles = [self.words(f"lesson.{scene.name}.title") for scene in SCENES]
        return titles.index(plain(found[1])) + 1

    @property
    def outcome(self) -> str | None:
        """What is said of the guess, and what happened; None: it was not run."""
        found = re.search(r'<div class="vgl-compared">(.*?)</div>', self.html)
        return plain(found[1]) if found else None

    @property
    def explained(self) -> str:
        found = re.findall(r'<div class="vgl-explained">(.*?)</div>', self.html)
        return " ".join(map(plain, found))

    @property
    def page(self) -> str:
        """What a presenter has turned to."""
        place = plain(re.search(r'<span class="vgl-place".*?>(.*?)</span>', self.html)[1])
        (name,) = (n for n in PAGES if place.endswith(f"· {self.words(f'lesson.page.{n}')}"))
        return name

    @property
    def tells_notes(self) -> bool:
        """Whether what a lecturer says to the first scene is to be seen."""
        return self.words("lesson.neuron.notes") in [each.value for each in self.app.markdown]

    def turn_to(self, page: str) -> "Lesson":
        """Turn on until this page is shown."""
        for _ in PAGES:
            if self.page == page:
                return self
            self.click("forth")
        raise AssertionError(f"there is no page {page}")

    def guess(self, answer: str) -> "Lesson":
        self.app.radio[0].set_value(answer)
        return self.look()

    def has(self, key: str) -> bool:
        return any(button.key == key for button in self.app.button)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_all_scenes_are_walked_with_right_and_wrong_guesses(language):
    lesson, words = Lesson(lang=language), text(language)
    for scene in SCENES:
        assert lesson.at == scene.number
        assert lesson.outcome is None
        question = words(f"lesson.{scene.name}.question", **scene.setting())
        assert question in lesson.prose
        trained = [shared_runs().visit("test").watch(run, PATIENCE).histories for run in scene.runs]
        right = scene.right(trained)
        wrong = next(answer for answer in scene.answers if answer not in right)
        lesson.guess(wrong).click("run")
        assert lesson.outcome.startswith(words("lesson.wrong"))
        assert answer_name(words, wrong) in lesson.outcome
        assert answer_name(words, right[0]) in lesson.outcome
        said = scene.setting() | scene.said(words, trained)
        assert plain(words(f"lesson.{scene.name}.why", **said)) in lesson.explained
        lesson.click("ask again")
        assert lesson.outcome is None
        assert lesson.app.radio[0].value is None
        lesson.guess(right[0]).click("run")
        assert lesson.outcome.startswith(words("lesson.right"))
        assert not lesson.errors
        assert "{" not in lesson.prose
        if scene.number < len(SCENES):
            lesson.click("forth")
    assert lesson.kept("seen") == tuple(NUMBERS)


def test_who_does_not_guess_is_shown_the_outcome_all_the_same():
    lesson = Lesson().click("run")
    assert lesson.outcome.startswith(lesson.words("lesson.no_guess"))
    assert lesson.words("lesson.guessed") not in lesson.outcome


def test_progress_is_in_the_link_and_a_way_back_keeps_it():
    lesson = Lesson().guess("stops").click("run").click("forth").guess("learns")
    link = lesson.app.query_params
    asked = [link[name] for name in ("scene", "seen", "guess1", "guess2")]
    assert asked == ["2", "1", "stops", "learns"]
    again = Lesson(**link)
    assert (again.at, again.kept("guess 2")) == (2, "learns")
    assert lesson.click("back").outcome.startswith(lesson.words("lesson.right"))
    assert lesson.at == 1


def test_half_a_state_leads_to_the_nearest_place_with_a_notice():
    for link, at in (
        ({"scene": "99"}, 1),
        ({"scene": "two"}, 1),
        ({"scene": "3", "seen": "0,77"}, 3),
        ({"scene": "4", "guess4": "learns"}, 4),
        ({"scene": "2", "room": "<script>"}, 2),
        ({"scene": "2", "room": "ab"}, 2),
        ({"scene": "2", "guess9": "learns"}, 2),
    ):
        lesson = Lesson(**link)
        assert lesson.at == at, link
        assert len(lesson.warnings) == 1, link
        assert not lesson.errors, link
        assert lesson.outcome is None
    for scenes in ("2,77", "2"):
        seen = Lesson(scene="2", seen=scenes)
        assert seen.outcome.startswith(seen.words("lesson.no_guess"))
    assert seen.warnings == []


def test_the_lab_opens_at_a_scenes_setting_and_keeps_the_lesson():
    lesson = Lesson(scene="5").guess("learns").click("run")
    lesson.button("open lab").click()
    lesson.app.run()
    assert "guess5" not in lesson.app.query_params
    assert lesson.words("page.title") in lesson.html
    assert lesson.kept("guess 5") == "learns"


@pytest.mark.parametrize("scene", SCENES, ids=list(OUTLINE))
def test_each_scenes_lab_trains_what_the_scene_asks_about(scene):
    lesson = Lesson(scene=scene.number).click("run")
    lesson.button("open lab").click()
    lesson.app.run()
    assert lesson.words("page.title") in lesson.html
    asked = choice_of(lesson.app.session_state["memory"].kept).experiment
    assert asked == scene.runs[0][0]


def test_starting_over_forgets_everything_but_the_language():
    lesson = Lesson(lang="ko").guess("stops").click("run").click("go to 4").click("restart")
    assert (lesson.at, lesson.kept("seen"), lesson.kept("guess 1")) == (1, (), None)
    assert lesson.outcome is None
    assert lesson.app.query_params["lang"] == "ko"


@pytest.fixture
def classes(monkeypatch) -> Rooms:
    own = Rooms()
    monkeypatch.setattr(classroom, "shared_rooms", lambda: own)
    return own


def test_a_class_guesses_on_its_phones_and_the_projector_counts(classes):
    projector = Lesson().click("class start")
    code = projector.kept("room")
    assert projector.kept("present") == "on"
    assert projector.page == "class"
    assert f"room={code}" in projector.prose
    projector.turn_to("question")
    assert projector.words("lesson.class_none") in projector.prose
    outsider = Lesson(room=classes.open("another"))
    first, second = Lesson(room=code), Lesson(room=code.lower())
    for phone, answer in ((first, "learns"), (second, "stops"), (outsider, "learns")):
        phone.guess(answer)
        assert phone.words("lesson.class_sent") in [each.value for each in phone.app.caption]
    first.guess("sometimes")
    assert projector.look().words("lesson.class_guesses", count=2) in projector.prose
    assert classes.tally(code, 1) == {"sometimes": 1, "stops": 1}
    assert "<em>" not in projector.html, "who sees the split follows it"
    projector.turn_to("answer")
    assert second.guess("sometimes").warnings == [second.words("lesson.class_closed")]
    assert classes.tally(code, 1) == {"sometimes": 1, "stops": 1}
    assert projector.look().outcome is not None
    assert re.findall(r"<em>(\d)</em>", projector.html) == ["0", "1", "1"]
    assert projector.click("back").page == "question"
    assert projector.words("lesson.class_guesses", count=2) in projector.prose
    assert projector.click("ask again").kept("seen") == ()
    assert first.guess("stops").warnings == []
    for _ in range(6):  # answer, picture, why, not, and the next scene's first two
        projector.click("forth")
    assert (projector.at, projector.page) == (2, "question")
    assert projector.words("lesson.class_none") in projector.prose


@pytest.mark.parametrize("language", ["ko", "en"])
def test_who_comes_with_the_code_of_no_class_is_told_and_can_type_another_one(classes, language):
    code = classes.open("lecturer")
    phone = Lesson(room="WRNG", lang=language)
    assert phone.warnings == [phone.words("lesson.class_wrong", code="WRNG")]
    assert phone.guess("learns").kept("guess 1") == "learns"
    assert phone.words("lesson.class_sent") not in [each.value for each in phone.app.caption]
    assert not classes.exists("WRNG"), "to open a code makes no class"
    for typed, told in ((":red[x]", r"∶red\[x\]"), (" ", "·"), ("NONE5", "NONE5")):
        phone.app.text_input[0].set_value(typed)
        phone.look()
        assert phone.warnings == [phone.words("lesson.class_wrong", code=told)]
    phone.app.text_input[0].set_value(f" {code.lower()} ")
    phone.look()
    assert phone.warnings == []
    assert phone.kept("room") == code
    phone.guess("stops")
    assert classes.tally(code, 1) == {"stops": 1}


def test_a_class_is_over_for_everybody_when_its_lecturer_leaves_it(classes):
    projector = Lesson().click("class start")
    code = projector.kept("room")
    phone = Lesson(room=code).guess("stops")
    stranger = Lesson(room=code).click("class leave")
    assert stranger.kept("room") is None
    assert classes.tally(code, 1) == {"stops": 1}, "who takes part leaves alone"
    projector.click("class leave")
    assert phone.guess("learns").warnings == [phone.words("lesson.class_wrong", code=code)]
    late = Lesson(room=code, present="on")
    assert late.warnings == [late.words("lesson.class_over", code=code)]
    late.click("class start again")
    assert classes.exists(late.kept("room"))
    assert late.warnings == []


def test_a_lecturers_screen_makes_a_class_again_that_had_to_give_way(classes, monkeypatch):
    projector = Lesson().click("class start")
    code = projector.kept("room")
    with monkeypatch.context() as crowded:
        crowded.setattr(rooms, "ROOMS", 1)
        classes.open("another lecturer")
    assert not classes.exists(code)
    assert projector.look().kept("room") == code
    assert classes.exists(code)


def test_notes_on_a_second_screen_turn_the_projector_and_follow_it(classes):
    projector = Lesson().click("class start")
    code = projector.kept("room")
    key = classes.look(code)[0].key(code)
    notes = Lesson(room=code, present="notes", key=key)
    projector.turn_to("question")
    assert (notes.look().at, notes.page) == (1, "question")
    Lesson(room=code).guess("learns")
    assert re.findall(r"<em>(\d)</em>", notes.look().html) == ["1", "0", "0"]
    assert notes.tells_notes
    assert not projector.look().tells_notes
    assert "<em>" not in projector.html
    notes.click("forth")
    assert projector.look().page == notes.page == "answer"
    assert projector.outcome in plain(notes.html)
    assert classes.vote(code, "late", 1, "stops") is Vote.CLOSED
    projector.click("back")
    for _ in range(6):  # answer, picture, why, not, and the next scene's first two
        notes.look().click("forth")
    assert (projector.look().at, projector.page) == (2, "question")
    notes.click("class leave")
    assert projector.look().warnings == [projector.words("lesson.class_over", code=code)]
    assert not classes.exists(code), "one screen does not make again what another one ended"


def test_a_turn_made_while_the_store_is_away_is_not_taken_back(monkeypatch, classes):
    projector = Lesson().click("class start").turn_to("question")
    code = projector.kept("room")

    def fails(*_: object) -> None:
        raise StoreBusyError("away")

    with monkeypatch.context() as patched:
        patched.setattr(classes, "_own", MemoryStore())
        for method in ("get", "update"):
            patched.setattr(classes._store, method, fails)
        assert projector.click("forth").page == "answer"
        assert projector.look().page == "answer"
    assert projector.look().page == "answer"
    assert classes.look(code)[0].position == (1, (1,), "answer")


@pytest.mark.parametrize("present", ["notes", "on"])
def test_a_key_is_of_one_class_and_of_a_lecturers_screens_alone(classes, present):
    first, second = classes.open("lecturer"), classes.open("lecturer")
    key = classes.look(first)[0].key(first)
    other = Lesson(room=second, present=present, key=key)
    turn(classes, second, "lecturer", (), 4)
    assert other.look().kept("started") is None
    assert Lesson(room=first, key=key).kept("started") is None, "a phone of the class"
    led = Lesson(room=first, present=present, key=key)
    assert led.kept("started") == first
    assert led.kept("visitor") != "lecturer", "it tells not who the lecturer is"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_notes_without_a_class_say_so_and_begin_one(classes, language):
    others = classes.open("another lecturer")
    for link in ({}, {"room": others}, {"room": others, "key": "0" * 32}):
        notes = Lesson(present="notes", lang=language, **link)
        assert notes.words("lesson.notes_alone") in plain(notes.html)
        assert not notes.tells_notes
    notes.click("class start for notes")
    assert notes.kept("room") not in (None, others)
    assert notes.kept("present") == "notes"
    assert notes.tells_notes


def test_a_guess_that_does_not_fit_is_told(classes, monkeypatch):
    monkeypatch.setattr("components.pages.lesson.rooms.VOTERS", 0)
    phone = Lesson(room=classes.open("lecturer")).guess("learns")
    assert phone.warnings == [phone.words("lesson.class_full")]
    assert phone.kept("guess 1") == "learns"


def test_who_changes_a_guess_too_often_is_told_and_can_send_it_again(classes, monkeypatch):
    code = classes.open("lecturer")
    phone = Lesson(room=code)
    for place in range(classroom.MOST_VOTES):
        phone.guess(("stops", "learns")[place % 2])
        assert phone.warnings == []
    phone.guess("sometimes")
    assert phone.warnings == [phone.words("lesson.class_fast")]
    assert classes.tally(code, 1) == {"stops": 1}
    assert Lesson(room=code).guess("learns").warnings == [], "nobody else is concerned"
    monkeypatch.setattr(classroom, "VOTE_SECONDS", 0.0)
    assert phone.click("vote again 1").warnings == []
    assert classes.tally(code, 1) == {"sometimes": 1, "learns": 1}


def test_a_guess_that_the_class_cannot_be_sent_now_is_told(classes, monkeypatch):
    phone = Lesson(room=classes.open("lecturer"))
    with monkeypatch.context() as rush:
        rush.setattr(Rooms, "vote", lambda *_: Vote.NOT_NOW)
        assert phone.guess("learns").warnings == [phone.words("lesson.class_away")]
    assert phone.click("vote again 1").warnings == []
    assert classes.tally(phone.kept("room"), 1) == {"learns": 1}


def test_what_became_of_a_guess_is_said_in_its_own_scene(classes):
    code = classes.open("lecturer")
    phone = Lesson(room=code).guess("learns")
    sent = phone.words("lesson.class_sent")
    turn(classes, code, "lecturer", (), 2)
    assert sent not in [each.value for each in phone.look().app.caption]
    turn(classes, code, "lecturer", (), 1)
    assert sent in [each.value for each in phone.look().app.caption]


def test_a_phone_is_where_its_lecturer_is_and_has_no_ways_of_its_own(classes):
    code = classes.open("lecturer")
    turn(classes, code, "lecturer", (1,), 2)
    phone = Lesson(room=code, scene="7", seen="2,7", lang="ko")
    assert (phone.at, phone.outcome) == (2, None), "who comes late is there, too"
    assert f"{phone.words('lesson.class_code', code=code)} · " in phone.prose
    assert [each.key for each in phone.app.button if each.key != "class leave"] == []
    phone.guess("stops")
    turn(classes, code, "lecturer", (1, 2), 2)
    assert phone.look().outcome.startswith(phone.words("lesson.wrong"))
    assert plain(phone.words("lesson.deep.not")) in phone.explained
    assert [each.key for each in phone.app.button if each.key != "class leave"] == []
    turn(classes, code, "lecturer", (1, 2), 9)
    assert phone.look().at == 9
    phone.click("class leave")
    assert phone.has("run 9")
    assert phone.has("present")


def test_who_starts_and_leaves_classes_all_the_time_leaves_none_behind(classes):
    lesson, codes = Lesson(), []
    for _ in range(6):
        codes.append(lesson.click("class start").kept("room"))
        lesson.click("class leave")
    assert len(set(codes)) == 6
    assert not any(map(classes.exists, codes))


@pytest.mark.parametrize("scene", SCENES, ids=list(OUTLINE))
def test_a_presenter_turns_all_pages_of_a_scene_and_the_same_way_back(scene):
    lesson, words = Lesson(scene=scene.number, present="on"), text("en")
    turned = [lesson.page]
    while lesson.at == scene.number and not lesson.button("forth").disabled:
        assert (lesson.outcome is not None) == (turned[-1] == "answer")
        assert bool(lesson.explained) == (turned[-1] in ("why", "not"))
        is_told = "question" in turned[:-1]
        assert (scene.number in lesson.kept("seen")) == is_told
        lesson.click("forth")
        assert not lesson.errors
        if lesson.at == scene.number:
            turned.append(lesson.page)
    assert [page for page in PAGES if page in turned] == turned
    assert {"question", "answer", "picture", "why", "not"} <= set(turned)
    assert ("challenges" in turned) == (scene is SCENES[-1])
    if scene is not SCENES[-1]:
        assert lesson.click("back").page == turned[-1]
    for page in reversed(turned[:-1]):
        assert lesson.click("back").page == page
    question = words(f"lesson.{scene.name}.question", **scene.setting())
    assert question in lesson.turn_to("question").prose


def test_a_link_to_a_page_of_an_outcome_does_not_give_it_away():
    asked = Lesson(scene="3", present="on", page="why")
    assert asked.page == "question"
    assert asked.kept("seen") == ()
    assert Lesson(scene="3", present="on", page="why", seen="3").page == "why"
    assert Lesson(scene="3", present="on", page="look").page == "question", "it has no such page"
    assert len(Lesson(scene="3", present="on", page="<b>").warnings) == 1


def test_who_leaves_in_the_middle_of_a_run_finds_it_later():
    lesson = Lesson(scene="3").guess("stops").click("run", settle=False)
    lesson.click("forth", settle=False)
    assert lesson.at == 4
    assert lesson.outcome is None
    assert lesson.click("back").outcome.startswith(lesson.words("lesson.right"))


def test_a_lecturers_own_guess_and_one_from_a_link_are_not_counted(classes):
    code = classes.open("lecturer")
    Lesson(room=code, present="on")
    Lesson(room=code, guess1="stops")
    assert classes.tally(code, 1) == {}


def test_the_class_link_leads_to_this_scene_and_class(classes):
    code = classes.open("lecturer")
    lesson = Lesson(room=code, present="on", scene="3", lang="ko")
    lesson.app.session_state["class link"] = True
    address = plain(re.search(r"<code>(.*?)</code>", lesson.look().html)[1])
    assert address.endswith(f"?room={code}&scene=3&lang=ko")
    assert 'src="data:image/svg+xml' in lesson.html


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_report_says_what_was_guessed_and_what_happened(language):
    lesson, words = Lesson(lang=language), text(language)
    lesson.guess("learns").click("run").click("forth").guess("learns").click("run")
    made = made_report(lesson)
    first, second = made.split("\n## ")[1:]
    assert words("lesson.wrong") in first
    assert answer_name(words, "learns") in first
    assert answer_name(words, "stops") in first
    assert words("lesson.right") in second
    assert len(made.split("\n## ")) == 3


def made_report(lesson: Lesson) -> str:
    guesses = {number: lesson.kept(f"guess {number}") for number in NUMBERS}
    return report(lesson.words, shared_runs(), "test", guesses, lesson.kept("seen"))


def test_a_run_that_fails_is_told_and_tried_again(monkeypatch):
    runs, (experiments,), trains = shared_runs(), SCENES[0].runs, Job.train_slice
    with runs._lock:
        runs._jobs.pop(key_of(experiments), None)
    monkeypatch.setattr(runs, "_store", None)  # nobody else has it either

    def broken(job: Job, target: int, *where: object) -> None:
        if job.key == key_of(experiments):
            raise MemoryError("none left")
        trains(job, target, *where)

    with monkeypatch.context() as broke:
        broke.setattr(Job, "train_slice", broken)
        lesson = Lesson().click("run", settle=False)
        for _ in range(100):
            if lesson.errors:
                break
            time.sleep(0.05)
            lesson.look(settle=False)
        reason = "MemoryError∶ none left"
        assert lesson.errors == [lesson.words("lesson.failed", reason=reason)]
    assert lesson.click("again").outcome is not None


@pytest.fixture
def browser_keeps(monkeypatch) -> dict[str, str]:
    """What a browser keeps: read when it comes, written as it is told to."""
    kept: dict[str, str] = {}
    monkeypatch.setattr("components.panels.progress.cookie", lambda name: kept.get(name, ""))
    monkeypatch.setattr("components.panels.progress.keep_cookies", kept.update)
    return kept


def test_a_browser_that_comes_back_without_a_link_finds_its_guesses(browser_keeps):
    Lesson(scene="3", met="kill").guess("learns").click("run 3")
    again = Lesson()
    assert (again.at, again.kept("guess 3"), again.kept("seen")) == (3, "learns", (3,))
    assert again.outcome is not None
    for scene in (1, 5):
        assert Lesson(scene=f"{scene}").at == scene, "a link says where one is"
    assert Lesson(guess3="stops").kept("guess 3") == "stops", "and what one guessed"
    assert again.click("restart").at == 1
    assert again.look().kept("guess 3") is None
    assert Lesson().kept("guess 3") is None, "who starts over has forgotten"
    assert browser_keeps["vgl_lesson"] == ""


@pytest.mark.parametrize(
    "kept", ["scene=99&guess3=x&seen=1,77&none=1", "%", "scene=" + "9" * 4_000]
)
def test_what_a_browser_cannot_have_kept_is_left_out(browser_keeps, kept):
    browser_keeps["vgl_lesson"] = kept
    lesson = Lesson()
    assert (lesson.at, lesson.kept("guess 3"), lesson.warnings) == (1, None, [])


def test_a_class_and_a_projector_neither_read_nor_write_what_a_student_did(browser_keeps, classes):
    browser_keeps["vgl_lesson"] = before = "scene=3&guess3=learns&seen=3"
    assert Lesson(present="on").kept("guess 3") is None
    phone = Lesson(room=classes.open("lecturer"))
    assert phone.kept("guess 3") is None
    projector = Lesson(present="on", scene="9", seen="9", page="challenges")
    assert projector.click("take kill").kept("challenge") == "kill"
    assert projector.kept("guess 3") is None
    assert browser_keeps["vgl_lesson"] == before


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_lesson_ends_with_what_was_guessed_and_what_happened(language):
    lesson = Lesson(scene="9", guess1="learns", seen="1,9", lang=language)
    table = re.search(r'<table class="vgl-back">(.*?)</table>', lesson.html)[1]
    rows = [plain(row) for row in re.findall("<tr>(.*?)</tr>", table)[1:]]
    assert len(rows) == 2
    right = answer_name(lesson.words, "stops")
    assert rows[0].startswith(f"1. {lesson.words('lesson.neuron.title')}")
    assert rows[0].endswith(right)
    assert f"{answer_name(lesson.words, 'learns')} ✗" in rows[0].replace("  ", " ")
    assert lesson.words("lesson.report_none_made") in rows[1]
    projector = Lesson(scene="9", present="on", seen="1,9", page="close", lang=language)
    assert 'class="vgl-back"' not in projector.html
    assert lesson.words("lesson.close.keep_2") in plain(projector.html)

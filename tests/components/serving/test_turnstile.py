"""Few pages are drawn at a time, first come, first served."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from components.serving.turnstile import Turnstile
from tests.components.waiting import PATIENCE, until


def test_never_more_are_inside_than_it_is_wide_and_all_come_through():
    turnstile, inside, most, lock = Turnstile(3), 0, 0, threading.Lock()

    def draw(_: int) -> None:
        nonlocal inside, most
        with turnstile.passed():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.001)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(draw, range(200)))
    assert most == 3


def test_who_came_first_is_drawn_first():
    turnstile, order, threads = Turnstile(1), [], []
    with turnstile.passed():
        for name in range(5):

            def draw(name: int = name) -> None:
                with turnstile.passed():
                    order.append(name)

            threads.append(threading.Thread(target=draw))
            threads[-1].start()
            until(lambda: len(turnstile._waiting) == len(threads))
        assert order == []
    for thread in threads:
        thread.join(PATIENCE)
    assert order == list(range(5))


def test_who_is_inside_need_not_wait_again():
    turnstile = Turnstile(1)
    with turnstile.passed(), turnstile.passed():
        pass
    other = threading.Thread(target=lambda: turnstile.passed().__enter__())
    other.start()
    other.join(PATIENCE)
    assert not other.is_alive(), "the place was given back, once"


def test_who_waits_for_something_else_leaves_the_place_to_others():
    turnstile, came = Turnstile(1), threading.Event()

    def draw() -> None:
        with turnstile.passed():
            came.set()

    other = threading.Thread(target=draw)
    with turnstile.passed(), turnstile.passed():
        other.start()
        assert not came.wait(0.05)
        with turnstile.left():
            assert came.wait(PATIENCE)
        third = threading.Thread(target=draw)
        came.clear()
        third.start()
        assert not came.wait(0.05), "after that it is inside again"
    for thread in (other, third):
        thread.join(PATIENCE)
    with turnstile.left():
        pass  # who was not inside has nothing to leave


@pytest.mark.parametrize("way", ["passed", "left"])
def test_an_error_gives_the_place_back(way):
    turnstile = Turnstile(1)
    with pytest.raises(KeyError), turnstile.passed(), getattr(turnstile, way)():
        raise KeyError
    assert turnstile._free == 1
    assert not turnstile._waiting

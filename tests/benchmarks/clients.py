"""Visitors without a browser: they speak the page's own protocol, and behave as its pages do.

A client opens the page by a link, sends a fragment's rerun in the interval that the page asked
for, remembers which large messages it has so that they are sent as references, and keeps its
address as the page changes it. Of what is drawn it only counts what was there.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets import ConnectionClosed
from websockets.asyncio.client import ClientConnection, connect

FIELDS = {
    "slider": "double_array_value",
    "selectbox": "string_value",
    "number_input": "double_value",
}
"""The kinds of controls that it moves, and the field that their answers stand in."""
CHART = "vega_lite_chart"
PROGRESS = "vgl-progress"  # the class of the bar that tells how far the training is
ERROR = 1  # the format of ``st.error`` among those of all alerts
OPEN_SECONDS = 60.0
QUIET_SECONDS = 0.5  # without another run, after which none is expected any more


class Cache:
    """Which messages a page has: the server sends only a reference to these."""

    def __init__(self):
        # By hash: the run it came in, its fragment, and what kind of element it draws.
        self._known: dict[str, tuple[int, str, str]] = {}
        self._runs = 0
        self.age = 0  # runs after which the server wants a message forgotten

    @property
    def hashes(self) -> Sequence[str]:
        """What it tells the server."""
        return list(self._known)

    def keep(self, message: ForwardMsg) -> None:
        """Remember a message, if the server says that it is worth it."""
        if message.metadata.cacheable:
            kind = message.delta.new_element.WhichOneof("type") or ""
            self._known.setdefault(message.hash, (self._runs, message.delta.fragment_id, kind))

    def kind(self, key: str) -> str:
        """What a message draws that the server only named; empty if the page does not have it."""
        return self._known[key][2] if key in self._known else ""

    def count_run(self, fragments: Sequence[str]) -> None:
        """After a run, of the whole page or of some fragments: forget what is too old for it."""
        self._runs += 1
        for key, (run, fragment, _) in list(self._known.items()):
            concerned = not fragments or fragment in fragments
            if concerned and self._runs - run > self.age:
                del self._known[key]


class Client:
    """One visitor's page.

    Attributes:
        drawn: how many elements of each kind were sent.
        problems: what a visitor would have seen go wrong, in words.
        received: bytes that the server sent.
        runs: runs of the page, or of a fragment, that came to their end.
        settled: set while no run is known to be going on and the page asks for none.
        finished: when the last run came to its end, by the event loop's clock.
        pictured: when the charts of a training that has ended were there; None: not since ``move``.
    """

    def __init__(self, socket: ClientConnection, address: str, link: str):
        self.drawn: Counter[str] = Counter()
        self.problems: list[str] = []
        self.received = 0
        self.runs = 0
        self.finished = 0.0
        self.pictured: float | None = None
        self.settled = asyncio.Event()
        self._socket, self._address, self._link = socket, address, link
        self._page, self._leaving = "", False
        self._cache = Cache()
        self._timers: dict[str, tuple[float, asyncio.Task]] = {}
        self._progress: set[str] = set()  # the fragments that tell how far the training is
        self._charted = False  # whether there have been charts since the last move
        self._controls: dict[str, Element] = {}  # by their keys, the number behind them left out
        self._values: dict[str, WidgetState] = {}  # of the controls that were moved

    async def move(self, control: str, value: str) -> None:
        """Give a slider, a list or a number another value, and ask for the page with it.

        Raises:
            KeyError: there is no such control.
        """
        element = self._controls[control]
        widget = getattr(element, element.WhichOneof("type"))
        state = WidgetState(id=widget.id)
        if element.HasField("selectbox"):
            state.string_value = value
        elif element.HasField("number_input"):
            state.double_value = float(value)
        elif element.slider.options:  # of words: which one
            state.string_array_value.data.append(value)
        else:
            state.double_array_value.data.append(float(value))
        self._values[control] = state
        self.pictured, self._charted = None, False
        await self.rerun()

    async def look_again(self) -> None:
        """Ask for the page as it is, as whoever opens a sign beside a chart does."""
        self.pictured, self._charted = None, False
        await self.rerun()

    @property
    def controls(self) -> list[tuple[str, str]]:
        """The identity of every control, and the field that its answers stand in."""
        kinds = [(each, each.WhichOneof("type")) for each in self._controls.values()]
        return [(getattr(each, kind).id, FIELDS[kind]) for each, kind in kinds]

    async def rerun(
        self, fragment: str = "", auto: bool = False, forged: Sequence[WidgetState] = ()
    ) -> None:
        """Ask for a run of the whole page, or of a fragment.

        Args:
            fragment: its identity.
            auto: whether the page asks, and no visitor.
            forged: what it says of controls, beside what they say.
        """
        self.settled.clear()
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._link, self._page
        state.fragment_id, state.is_auto_rerun = fragment, auto
        state.cached_message_hashes.extend(self._cache.hashes)
        state.widget_states.widgets.extend([*self._values.values(), *forged])
        context = state.context_info
        context.timezone, context.locale, context.url = "UTC", "en-US", self._address
        context.color_scheme = "light"
        await self._socket.send(message.SerializeToString())

    async def settle(self, seconds: float) -> None:
        """Wait until the page is drawn and its run is done; it is a problem if that never comes."""
        try:
            await asyncio.wait_for(self._stay_settled(), seconds)
        except TimeoutError:
            self.problems.append(f"not done after {seconds:.0f} s")

    async def _stay_settled(self) -> None:
        """A fragment that was asked for before the last run ended may still be drawn after it."""
        while not self.settled.is_set():
            await self.settled.wait()
            await asyncio.sleep(QUIET_SECONDS)

    async def listen(self) -> None:
        """Take in what the server sends, as long as it does."""
        reason = "closed"
        try:
            async for data in self._socket:
                self.received += len(data)
                self._take(ForwardMsg.FromString(data))
        except ConnectionClosed as closed:
            reason = f"{closed}"
        finally:
            if not self._leaving:
                self.problems.append(f"disconnected: {reason}")
            self._stop_timers(list(self._timers))
            self.settled.set()

    async def leave(self) -> None:
        """Close the page."""
        self._leaving = True
        await self._socket.close()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        fragments = list(message.metadata.run.fragment_ids)
        self._cache.keep(message)
        if kind == "delta":
            self._see(message.delta)
        elif kind == "ref_hash":
            self._count(self._cache.kind(message.ref_hash))
        elif kind == "new_session":
            self.settled.clear()
            if not fragments:
                self._begin(message.new_session)
        elif kind == "page_info_changed":
            self._link = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            self._stop_timers(message.stop_auto_rerun.fragment_ids)
        elif kind == "script_finished":
            self._finish(message.script_finished, fragments)

    def _begin(self, session: NewSession) -> None:
        """The whole page is drawn anew: what its last run asked for is void."""
        self._page = session.page_script_hash
        self._cache.age = session.config.max_cached_message_age
        self._stop_timers(list(self._timers))
        self._progress.clear()
        self._charted = False

    def _see(self, delta: Delta) -> None:
        kind = delta.new_element.WhichOneof("type")
        if kind is None:
            return
        self._count(kind)
        if kind == "html" and PROGRESS in delta.new_element.html.body:
            self._progress.add(delta.fragment_id)
        if kind in FIELDS:
            # Its identity is "$$ID-", a hash, "-" and its key.
            key = getattr(delta.new_element, kind).id.split("-", 2)[2]
            self._controls[key.rstrip("0123456789").rstrip()] = delta.new_element
        if kind == "exception":
            self.problems.append(f"exception: {delta.new_element.exception.message}")
        elif kind == "alert" and delta.new_element.alert.format == ERROR:
            self.problems.append(f"error: {delta.new_element.alert.body}")

    def _count(self, kind: str) -> None:
        self.drawn[kind] += 1
        self._charted = self._charted or kind == CHART

    def _finish(self, status: int, fragments: Sequence[str]) -> None:
        """A run has ended: unless another one follows, the page is settled."""
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.problems.append("the page does not compile")
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
        self.runs, self.finished = self.runs + 1, asyncio.get_running_loop().time()
        self._cache.count_run(fragments)
        if self.pictured is None and self._charted and not self._progress & self._timers.keys():
            self.pictured = self.finished
        if not self._timers:
            self.settled.set()

    def _start_timer(self, fragment: str, interval: float) -> None:
        """Ask again and again; a timer that runs already is left as it is."""
        if self._timers.get(fragment, (None,))[0] == interval:
            return
        self._stop_timers([fragment])
        self._timers[fragment] = interval, asyncio.create_task(self._repeat(fragment, interval))

    def _stop_timers(self, fragments: Sequence[str]) -> None:
        for fragment in fragments:
            _, task = self._timers.pop(fragment, (None, None))
            if task:
                task.cancel()

    async def _repeat(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            try:
                await self.rerun(fragment, auto=True)
            except ConnectionClosed:  # the listener tells of it
                return


@asynccontextmanager
async def visit(port: int, link: str) -> AsyncIterator[Client]:
    """Open the page of a server on this machine by a link's query, and leave in the end."""
    host = f"127.0.0.1:{port}"
    async with connect(
        f"ws://{host}/_stcore/stream",
        origin=f"http://{host}",
        subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"],
        open_timeout=OPEN_SECONDS,
        max_size=64 << 20,
        ping_interval=None,  # as in a browser: only the server pings
    ) as socket:
        client = Client(socket, f"http://{host}/?{link}", link)
        listening = asyncio.create_task(client.listen())
        try:
            await client.rerun()
            yield client
        finally:
            await client.leave()
            await listening

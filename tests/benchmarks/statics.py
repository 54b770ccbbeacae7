"""The files that a browser without any fetches before it shows the page."""

import asyncio
import shutil
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp
from playwright.async_api import async_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CONNECTIONS = 6  # of a browser to one server, over HTTP/1.1


async def of_browser(port: int) -> list[str]:
    """What Chromium asks the server for, in its order, until the first screen is drawn."""
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = await chromium.new_page()
        asked = []
        page.on("request", lambda request: asked.append(urlsplit(request.url)))
        await page.goto(f"http://127.0.0.1:{port}/")
        await page.wait_for_selector("canvas.marks, svg.marks", timeout=60_000)
        await page.wait_for_load_state("networkidle")
        await chromium.close()
    files = (url.path for url in asked if url.port == port and url.scheme == "http")
    own = ("/_stcore/", "/media/")  # not files: what a process answers, or made for a session
    return list(dict.fromkeys(path for path in files if not path.startswith(own)))


async def fetch(port: int, files: Sequence[str]) -> int:
    """Fetch them as one browser does, a few at a time; the bytes that came over the network.

    Raises:
        aiohttp.ClientError: one of them is not served.
    """
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    # As they came, still compressed: to unpack them is the browser's own time.
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{port}",
        connector=connector,
        auto_decompress=False,
        raise_for_status=True,
    ) as session:

        async def one(path: str) -> int:
            async with session.get(path, headers={"Accept-Encoding": "gzip, br"}) as answer:
                return len(await answer.read())

        first, *others = files  # the page names the others
        return await one(first) + sum(await asyncio.gather(*map(one, others)))

"""What is written is written out: no head of a table, no title of an axis is cut off."""

import pytest

from tests.seldom import IN_ENGLISH, seldom

# A grid is drawn on a canvas, each cell within a clipped rectangle: what is written beyond its
# right edge is lost. Kept by text: how much of the last writing of it was.
WATCH_CANVAS = """
const pen = CanvasRenderingContext2D.prototype, rects = new WeakMap();
const { rect, fillText } = pen;
window.written = {};
pen.rect = function (x, y, width, height) {
  rects.set(this, x + width);
  return rect.call(this, x, y, width, height);
};
pen.fillText = function (text, x, ...rest) {
  const right = x + (this.textAlign === 'right' ? 0 : this.measureText(text).width);
  window.written[text] = right - (rects.get(this) ?? Infinity);
  return fillText.call(this, text, x, ...rest);
};
"""
COLUMNS = {
    "charts.activation", "controls.learning_rate", "figures.solved", "figures.solved_note",
    "family.others", "family.steps", "family.ratio", "family.shrink", "family.parameters",
    "family.time",
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "size"),
    [("ko", "usual"), seldom("ko", "large"), seldom("en", "usual"), ("en", "large")],
)
def test_the_familys_heads_are_written_out(visit, language, size):
    lab = visit(ready=False, viewport={"width": 1000, "height": 800})
    lab.begin_with(WATCH_CANVAS)
    lab.open(f"?compare=family&depth=2&width=4&networks=8&steps=50&lang={language}&size={size}")
    grid = lab.page.locator("[data-testid=stDataFrame]")
    grid.scroll_into_view_if_needed()
    untold = {"family.time"} if size == "large" else set()
    heads = [lab.words(name, task="XOR") for name in COLUMNS - untold]
    # Narrow enough for no column to be stretched: those on the right are drawn as it is scrolled.
    grid.locator(".dvn-scroller").evaluate("part => (part.scrollLeft = part.scrollWidth)")
    lab.page.wait_for_function("heads => heads.every(head => head in written)", arg=heads)
    written = lab.page.evaluate("written")
    assert {head: written[head] for head in heads if written[head] > 0} == {}


# By how many pixels an axis' title or a legend's label lies beyond its chart, where that is more
# than the room that a font leaves around its letters.
CUT = """room => Object.fromEntries(
  [...document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks')].flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    const texts = svg.querySelectorAll(':is(.role-axis-title, .role-legend-label) text');
    return [...texts].map(text => {
      const { left, right, top, bottom } = text.getBoundingClientRect();
      const across = Math.max(frame.left - left, right - frame.right);
      return [text.textContent, Math.max(across, frame.top - top, bottom - frame.bottom)];
    });
  }).filter(([text, beyond]) => text && beyond > room))"""
SMALL = "depth=3&width=4&networks=8&steps=50"


@pytest.mark.parametrize(
    ("link", "sizes"),
    [
        ("inside=chain&size=large", [(390, 844), (768, 1024)]),
        ("inside=chain&size=usual", [(390, 844), (600, 900)]),
        ("compare=family&size=large", [(768, 1024), (1024, 768)]),
    ],
)
@pytest.mark.parametrize("language", IN_ENGLISH)
def test_the_titles_of_axes_are_written_out(visit, language, link, sizes):
    lab = visit(f"?{link}&{SMALL}&lang={language}")
    for width, height in sizes:
        lab.page.set_viewport_size({"width": width, "height": height})
        # Charts are fitted to it in their own time.
        lab.page.wait_for_function(f"!Object.keys(({CUT})(6)).length")

"""The built site in a browser: pictures and films show, nothing overflows, nothing is fetched."""

import re
import shutil

import pytest
from playwright.sync_api import sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PAGES = ("index", "s1", "s2", "basins", "c2")
WIDTHS = (360, 1600)

# everything is opened; what may scroll is a `.scroll`, a `pre` or a `.wide`, and what is inside
OVERFLOWING = """() => {
  document.querySelectorAll("details").forEach(d => d.open = true);
  const all = [document.documentElement, ...document.querySelectorAll("body *")];
  const meant = e => e.closest(".scroll, pre, .wide");
  const inline = e => getComputedStyle(e).display === "inline";
  return all.filter(e => !meant(e) && !inline(e) && e.scrollWidth > e.clientWidth)
    .map(e => `${e.tagName}.${e.className} ${e.scrollWidth} > ${e.clientWidth}`);
}"""
BEYOND = """() => [...document.querySelectorAll("body *")]
  .filter(e => !e.closest(".scroll, pre, .wide, .skip"))
  .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(e => `${e.tagName}.${e.className}`)"""
UNSEEN = """async () => {
  const images = [...document.images];
  images.forEach(i => i.loading = "eager");
  await Promise.all(images.map(i => i.decode().catch(() => null)));
  return images.filter(i => !i.naturalWidth || !i.clientWidth).map(i => i.src);
}"""
# (colour, ground) of every text, the ground being the nearest that is not clear
COLOURS = """() => {
  const clear = "rgba(0, 0, 0, 0)";
  const ground = e => {
    const own = getComputedStyle(e).backgroundColor;
    return own !== clear || !e.parentElement ? own : ground(e.parentElement);
  };
  const texts = [...document.querySelectorAll("body *")].filter(e =>
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  return texts.map(e => [getComputedStyle(e).color, ground(e), e.textContent.trim().slice(0, 30)]);
}"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """A browser with a profile of its own."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        pytest.fail(f"a browser is needed, one of {', '.join(PROGRAMS)}: apt-get install chromium")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=found, args=list(FLAGS)
        )
        yield context
        context.close()


@pytest.fixture
def browser(chromium, built):
    """Opens pages of the site, and notes what they ask for and complain about."""
    tab = chromium.new_page()
    asked, complaints = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))

    def show(page, width=1600, scheme="light", motion="no-preference"):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(color_scheme=scheme, reduced_motion=motion)
        tab.goto((built.site / f"{page}.html").as_uri())
        return tab

    yield show
    tab.close()
    assert complaints == []
    assert asked
    assert all(url.startswith(built.site.as_uri()) for url in asked)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_overflows_and_every_picture_shows(browser, page):
    for width in WIDTHS:
        tab = browser(page, width)
        assert tab.evaluate(UNSEEN) == []
        assert tab.evaluate(OVERFLOWING) == []
        assert tab.evaluate(BEYOND) == []


def test_on_a_phone_a_picture_stays_wide_and_scrolls(browser):
    boxes = "b => [b.scrollWidth, b.clientWidth, getComputedStyle(b).overflowX]"
    wide, shown, overflow = browser("s2", 360).locator(".wide").first.evaluate(boxes)
    assert wide >= 640 > 360 > shown
    assert overflow == "auto"
    wide, shown, _ = browser("s2", 1600).locator(".wide").first.evaluate(boxes)
    assert wide == shown


def test_on_a_phone_numbers_stay_whole_and_intervals_wrap(browser):
    cell = browser("c1", 360).locator("tbody td").last
    assert cell.evaluate("c => getComputedStyle(c).whiteSpace") == "normal"
    assert cell.evaluate("c => getComputedStyle(c).overflowWrap") == "normal"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_ground(browser, scheme):
    grounds = set()
    for page in ("index", "s2", "c1"):
        colours = browser(page, 1600, scheme).evaluate(COLOURS)
        grounds.add(colours[0][1])
        for colour, ground, text in colours:
            assert contrast(rgb(colour), rgb(ground)) >= 4.5, (page, text, colour, ground)
    assert grounds  # of the skip link, raised from the page
    assert all((sum(rgb(ground)) < 1.5) == (scheme == "dark") for ground in grounds)


@pytest.mark.parametrize("page", ["index", "s2"])
def test_films_play_by_themselves(browser, page):
    tab = browser(page)
    films = tab.locator("video")
    assert films.count() == 1
    films.scroll_into_view_if_needed()
    tab.wait_for_function("document.querySelector('video').currentTime > 0.2")
    facts = films.evaluate("v => [v.videoWidth, v.videoHeight, v.muted, v.loop, v.error]")
    assert facts == [480, 320, True, True, None]


def test_films_wait_where_less_motion_is_asked_for(browser):
    tab = browser("s2", motion="reduce")
    tab.wait_for_function("document.querySelector('video').readyState >= 2")
    assert tab.locator("video").evaluate("v => v.paused")


def test_the_keyboard_reaches_the_content_and_shows_where_it_is(browser):
    tab = browser("s2")
    tab.keyboard.press("Tab")
    skip = tab.evaluate("document.activeElement.textContent")
    assert skip == "Skip to the content"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    tab.keyboard.press("Tab")
    outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def rgb(text):
    """The channels of a CSS colour, each in [0, 1]."""
    return [float(v) / 255 for v in re.findall(r"[\d.]+", text)[:3]]


def contrast(one, other):
    """The contrast ratio of two colours, as WCAG 2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(channels):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

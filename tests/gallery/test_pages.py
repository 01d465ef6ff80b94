"""The built site as files: whole, closed in itself, and true to what was run."""

import html
import itertools
import json
import re
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag

import pytest

PAGES = ("index", "s1", "s2", "basins", "c1", "c2")
LINKS = {"href", "src", "poster"}


class Page(HTMLParser):
    """The elements of a page with their attributes, its headings, and its texts by element."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self._open = [], {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        for tag in self._open:
            self.texts.setdefault(tag, []).append(data)

    def links(self):
        return [a[name] for _, a in self.elements for name in LINKS & set(a)]

    def ids(self):
        return [a["id"] for _, a in self.elements if "id" in a]


@pytest.fixture(scope="module")
def pages(built):
    found = {p.stem: Page(p.read_text()) for p in built.site.glob("*.html")}
    assert set(found) == set(PAGES)
    return found


def test_every_link_leads_somewhere_on_the_disk(built, pages):
    for name, page in pages.items():
        assert page.links()
        for link in page.links():
            path, fragment = urldefrag(unquote(link))
            assert not re.match(r"[a-z]+:|/", path), f"{name}: {link} leaves the folder"
            assert (built.site / path).is_file() or not path, f"{name}: {link}"
            if fragment:
                target = pages[path.removesuffix(".html") or name]
                assert fragment in target.ids(), f"{name}: {link}"


def test_nothing_names_another_place(built):
    for path in built.site.rglob("*"):
        if path.suffix in (".html", ".css", ".js"):
            assert not re.search(r"https?:|url\(|@import|srcset|=\"//", path.read_text()), path


def test_every_page_is_reached_from_the_index(pages):
    reached = {urldefrag(link)[0] for link in pages["index"].links()}
    assert {f"{name}.html" for name in PAGES} <= reached


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_without_seeing_it(pages, name):
    page = pages[name]
    attributes = [a for tag, a in page.elements if tag == "html"]
    assert attributes == [{"lang": "en"}]
    images = [a for tag, a in page.elements if tag == "img"]
    assert images
    assert all(a["alt"].strip() for a in images)
    assert all(a["aria-label"] for tag, a in page.elements if tag == "video")
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= level + 1 for level, later in itertools.pairwise(levels))
    assert "".join(page.texts["title"]).strip()
    assert len(set(page.ids())) == len(page.ids())


def test_texts_are_shown_as_they_are(built, pages):
    assert "".join(pages["s1"].texts["h1"]) == "A line & more"
    assert "<steeply>" in "".join(pages["s1"].texts["p"])
    assert "<steeply>" not in (built.site / "s1.html").read_text()


@pytest.mark.parametrize(
    ("page", "files", "data"),
    [
        ("s2", {"bowl.png", "bowl.mp4"}, "media/s2/bowl.json"),
        ("c2", {"c2.png"}, "media/c2/c2.json"),
    ],
)
def test_the_code_on_the_page_is_what_was_run(
    built, tmp_path, monkeypatch, capsys, page, files, data
):
    text = (built.site / f"{page}.html").read_text()
    [code] = [
        html.unescape(c) for c in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", text, re.S)
    ]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(built.sources), *sys.path])
    names = {}
    exec(code, names)
    assert {file.name for file in tmp_path.iterdir()} == files
    found = json.loads(json.dumps(names["found"].summary()))
    assert found == json.loads((built.site / data).read_text())["result"]


def test_a_study_names_its_claims_and_a_claim_its_studies(built, pages):
    study, claim = ((built.site / f"{n}.html").read_text() for n in ("s2", "c1"))
    assert re.search(r'badge yes.*?</span>\s*<p><a href="c1.html">C1</a>', study, re.S)
    assert {"s1.html", "s2.html"} <= set(pages["c1"].links())
    assert "basins.html" not in pages["c1"].links()
    assert "slope_low &gt; 0" in claim
    assert re.search(r"<td>2</td><td>1.9 to 2.1</td>", claim)
    assert "badge part" in (built.site / "c2.html").read_text()


def test_the_settings_that_a_call_leaves_out_are_shown_too(built):
    text = (built.site / "s2.html").read_text()
    assert re.search(r"<dt>steps</dt><dd><code>12</code></dd>", text)


def test_nothing_changed_makes_nothing_and_loads_nothing_heavy(built):
    before = built.stamps()
    assert built.again() == "[] []\n"
    assert built.stamps() == before

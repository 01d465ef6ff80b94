"""Pictures in files: their kinds, whole or not there."""

import io

import matplotlib
import pytest
from PIL import Image

from slalom.errors import SlalomError
from slalom.pictures import draw, png, save

STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "webp": b"RIFF"}


@pytest.mark.parametrize("kind", STARTS)
def test_the_ending_tells_the_format(two_rules, tmp_path, kind):
    save(draw(two_rules), tmp_path / f"race.{kind}")
    assert (tmp_path / f"race.{kind}").read_bytes().startswith(STARTS[kind])
    assert [p.name for p in tmp_path.iterdir()] == [f"race.{kind}"]


def test_a_png_has_the_size_of_the_figure_and_its_title(two_rules, tmp_path):
    figure = draw(two_rules, size=(10, 8), dpi=50)
    save(figure, tmp_path / "race.png")
    with Image.open(tmp_path / "race.png") as image:
        assert image.size == (500, 400)
        assert image.info["Title"] == "simple_quad"
        assert image.info["Software"] == "Slalom"


@pytest.mark.parametrize("name", ["race.bmp", "race", "race.mp4"])
def test_another_ending_is_refused_before_anything_is_written(two_rules, tmp_path, name):
    with pytest.raises(SlalomError, match=r"must end in \.png, \.svg, \.pdf or \.webp, got"):
        save(draw(two_rules), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_to(two_rules, tmp_path):
    with pytest.raises(SlalomError, match=r"cannot write .*there is no folder"):
        save(draw(two_rules), tmp_path / "nowhere" / "race.png")


def test_an_interrupt_leaves_the_old_file(two_rules, tmp_path, monkeypatch):
    figure = draw(two_rules)
    path = tmp_path / "race.png"
    path.write_bytes(b"old")

    def interrupted(made, **_):
        made.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(figure, "savefig", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(figure, path)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["race.png"]


def test_png_for_notebooks(two_rules, response):
    for thing in (two_rules, response, two_rules.landscape):
        with Image.open(io.BytesIO(png(thing))) as image:
            assert image.format == "PNG"
    assert two_rules._repr_png_() == png(two_rules)


def test_nothing_global_is_touched(two_rules, tmp_path):
    before = dict(matplotlib.rcParams)
    save(draw(two_rules), tmp_path / "race.svg")
    assert dict(matplotlib.rcParams) == before
    from matplotlib import pyplot

    assert pyplot.get_fignums() == []

"""A report holds all it takes to repeat a run, and its page can be read anywhere."""

import base64
import csv
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from minitorchcnn import DataError, FormatError, __version__
from minitorchcnn.report.experiment_report import ExperimentReport
from minitorchcnn.report.provenance import fingerprint

ROWS = [
    {"arm": "hand-set", "seed": 0, "accuracy": 0.5, "note": None, "seconds": 1.25},
    {"arm": "learned, <b>", "seed": 1, "accuracy": 2 / 3, "note": "x", "seconds": 2.5},
]
VOID = {"meta", "img", "source", "br"}


def drawn():
    figure = Figure(figsize=(8, 2))
    figure.add_subplot().plot([1, 2])
    return figure


def made(folder, rows=ROWS):
    """Write a report with one of everything, wider than a phone where it can be."""
    report = ExperimentReport(
        folder, "Which <filters>?", "compare --seeds 2", [0, 1], {"x": "ab" * 32}
    )
    for part in ("In short", "Numbers", "Pictures"):
        report.add_heading(part)
    report.add_text("Learned & hand-set.\n\n* one point\n* another\n  that goes on\n\nThe end.")
    heads = ["filters", *(f"a long column {i}" for i in range(8))]
    report.add_table(
        heads, [["hand-set", *["12,345.6"] * 8], ["<i>", *["-"] * 8]], "Numbers & more"
    )
    report.add_figure(drawn(), "A line", alt='it rises "slowly"')
    film = folder / "film.gif"
    frames = [Image.new("L", (700, 90), grey) for grey in (0, 255)]
    frames[0].save(film, save_all=True, append_images=frames[1:])
    report.add_animation(film, "A film")
    return report.write(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("report") / "new" / "folder"
    made(place)
    return place


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Reads a page as a tree, and finds what is left open or closed twice."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.wrong, self.elements, self.words = [], [], [], []
        self.feed(text)
        self.close()
        self.wrong += [f"left open: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"closed: {tag}")

    def handle_data(self, data):
        if data.strip() and "style" not in self.open:
            self.words.append(data.strip())

    def all(self, wanted):
        return [attrs for tag, attrs, _ in self.elements if tag == wanted]


def test_the_reader_finds_what_is_wrong():
    assert Reader("<p><b>x</p>").wrong
    assert Reader("<p>x").wrong == ["left open: p"]
    assert Reader("<p><img src=''>x</p>").wrong == []


def test_page_is_well_formed(page):
    assert page.startswith("<!DOCTYPE html>")
    assert Reader(page).wrong == []
    ids = [a["id"] for _, a, _ in Reader(page).elements if "id" in a]
    links = [a["href"].removeprefix("#") for a in Reader(page).all("a")]
    assert len(ids) == len(set(ids))
    assert len(links) == 4
    assert set(links) <= set(ids)


def test_page_needs_nothing_from_elsewhere(page):
    read = Reader(page)
    assert not read.all("script")
    assert not read.all("link")
    sources = [a.get("src") or a.get("srcset") for _, a, _ in read.elements]
    sources = [source for source in sources if source]
    assert len(sources) == 3  # a figure, a film and the film's still
    assert all(source.startswith("data:image/") for source in sources)
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert not re.search(r"url\(|@import|//", style)
    assert not re.search(r"https?:", page)


def test_pictures_are_the_files_with_words_for_those_who_cannot_see(page, folder):
    line, film = Reader(page).all("img")
    assert (line["alt"], film["alt"]) == ('it rises "slowly"', "A film")
    for attrs, name in [(line, "figure_1.png"), (film, "film.gif")]:
        content = base64.b64decode(attrs["src"].partition(",")[2])
        assert content == (folder / name).read_bytes()
        with Image.open(folder / name) as image:
            ratio = image.width / image.height
        assert int(attrs["width"]) / int(attrs["height"]) == pytest.approx(ratio, rel=0.02)


def test_text_is_text(page):
    read = Reader(page)
    assert {"Which <filters>?", "Learned & hand-set.", "another that goes on", "<i>"} <= set(
        read.words
    )
    assert not read.all("i")
    assert [a.get("lang") for a in read.all("html")] == ["en"]


def test_words_that_are_html_stay_words(tmp_path):
    """Titles, class names and captions come from folders and files that anybody may have named."""
    evil = '<script>alert(1)</script> & "{{ 7 * 7 }}" <img src=x onerror=alert(1)>'
    report = ExperimentReport(tmp_path, evil, evil, [0], {evil: evil})
    for _ in range(3):
        report.add_heading(evil)
    report.add_text(f"{evil}\n\n* {evil}")
    report.add_table(["class", evil], [[evil, evil]], evil)
    report.add_figure(drawn(), evil, alt=evil)
    report.write([{evil: evil}])
    read = Reader((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert read.wrong == []
    assert not read.all("script")
    assert len(read.all("img")) == 1
    # title and h1, contents, headings, paragraph, point, table's caption, head and cells,
    # figure's caption, and three of the facts
    assert sum(word.count(evil) for word in read.words) == 2 + 3 + 3 + 2 + 4 + 1 + 3
    assert read.all("img")[0]["alt"] == evil
    assert next(a for a in read.all("div") if a.get("class") == "scroll")["aria-label"] == evil


def test_facts_are_on_the_page(page):
    words = " ".join(Reader(page).words)
    version = f"minitorchcnn {__version__}"
    for fact in ("compare --seeds 2", "0, 1", "ab" * 32, version, f"numpy {np.__version__}"):
        assert fact in words


def test_tables_scroll_in_their_own_box_and_numbers_stand_to_the_right(page):
    read = Reader(page)
    box = next(a for a in read.all("div") if a.get("class") == "scroll")
    assert (box["tabindex"], box["role"], box["aria-label"]) == ("0", "region", "Numbers & more")
    heads = [a for a in read.all("th") if a.get("scope") == "col"]
    assert [a.get("class") for a in heads] == [None, *["number"] * 8]


@pytest.mark.parametrize(
    ("cell", "is_number"),
    [
        ("12,345", True),
        ("+4.7", True),
        ("3.5e-10", True),
        ("86.7 .. 89.9", True),
        ("5 %", True),
        ("-", True),
        ("", True),
        ("box", False),
        ("8 random", False),
        ("e-10", False),
    ],
)
def test_columns_of_numbers_are_known(cell, is_number, tmp_path):
    report = ExperimentReport(tmp_path, "t", "c", [0], {})
    report.add_table(["name", "value"], [["a", "1"], ["b", cell]])
    report.write(ROWS)
    read = Reader((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert [a.get("class") for a in read.all("td")] == ["number" if is_number else None] * 2


def test_results_are_all_there(folder):
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[1] == {
        "arm": "learned, <b>",
        "seed": "1",
        "accuracy": "0.666667",
        "note": "x",
        "seconds": "2.5",
    }
    assert rows[0]["note"] == ""


def test_hash_is_of_the_results_without_times(tmp_path, page):
    text = 'arm,seed,accuracy,note\nhand-set,0,0.5,\n"learned, <b>",1,0.666667,x\n'
    expected = hashlib.sha256(text.encode()).hexdigest()
    slower = [{**row, "seconds": 99.0} for row in ROWS]
    report = ExperimentReport(tmp_path, "title", "command", [0, 1], {})
    assert report.write(ROWS) == report.write(slower) == expected
    assert expected in page
    assert report.write([{**ROWS[0], "accuracy": 0.6}, ROWS[1]]) != expected


def test_a_second_run_writes_the_same_page(tmp_path, page):
    made(tmp_path)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page


def test_fingerprint_tells_data_apart():
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    known = hashlib.sha256(b"<f4 (2, 3)\n" + x.tobytes()).hexdigest()
    same = {
        "plain": x,
        "turned": np.asfortranarray(x),
        "big": x.astype(">f4"),
        "view": np.repeat(x, 2, axis=1)[:, ::2],
    }
    assert set(fingerprint(same).values()) == {known}
    other = {"shape": x.reshape(3, 2), "dtype": x.astype(np.float64), "number": x + 1}
    assert len({known, *fingerprint(other).values()}) == 4


def broken_rows(folder):
    report = ExperimentReport(folder, "t", "c", [], {})
    report.add_table(["a", "b"], [["1", "2"], ["3"]], "two")


@pytest.mark.parametrize(
    ("do", "error", "match"),
    [
        (broken_rows, DataError, "'two' has 2 heads, but 1 cells in row 2"),
        (lambda f: ExperimentReport(f, "t", "c", [], {}).write([]), DataError, "at least one row"),
        (
            lambda f: ExperimentReport(f, "t", "c", [], {}).write([{"a": 1}, {"b": 1}]),
            DataError,
            r"row 2 has the columns \['b'\], expected \['a'\]",
        ),
        (
            lambda f: ExperimentReport(f, "t", "c", [], {}).add_animation(f / "film.mp4", ""),
            FormatError,
            "give a .gif or a .png",
        ),
        (
            lambda f: ExperimentReport(f, "t", "c", [], {}).add_animation(f / "none.gif", ""),
            FormatError,
            "cannot read",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(do, error, match, tmp_path):
    with pytest.raises(error, match=match):
        do(tmp_path)


# a phone cannot be asked of a desktop's window, but a frame of its width can
FRAME = """<!DOCTYPE html><body style="margin:0"><iframe id="phone" style="width:360px;
height:800px;border:0" srcdoc="{page}"></iframe><script>
document.getElementById("phone").onload = function () {{
  var page = this.contentDocument.documentElement;
  var wide = [...this.contentDocument.querySelectorAll("img")].map(i => i.clientWidth);
  document.body.textContent =
    "page " + page.scrollWidth + " of " + page.clientWidth + " widest " + Math.max(...wide);
}};</script>"""


def phone_widths(page, folder):
    """Return the widths that a page takes and has on a phone, and that of its widest picture."""
    frame = folder / "frame.html"
    quoted = page.replace("&", "&amp;").replace('"', "&quot;")
    frame.write_text(FRAME.format(page=quoted), encoding="utf-8")
    quiet = "--disable-quic --no-first-run --disable-background-networking --disable-sync"
    run = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", *quiet.split()),
            *("--disable-component-update", f"--user-data-dir={folder / 'profile'}"),
            *("--virtual-time-budget=5000", "--dump-dom", frame.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r"page (\d+) of (\d+) widest (\d+)", run.stdout)
    assert found, run.stdout[-300:]
    return [int(number) for number in found.groups()]


@pytest.mark.skipif(
    not shutil.which("chromium"),
    reason="chromium is not installed: the page's width on a phone is not measured",
)
def test_page_fits_a_phone(page, tmp_path):
    taken, there, picture = phone_widths(page, tmp_path)
    assert 330 < there <= 360  # a scroll bar may take some of it
    assert taken == there
    assert 250 < picture < there
    # the same measure finds a page that does not fit
    taken, there, _ = phone_widths(page.replace("max-width: 100%", "", 20), tmp_path)
    assert taken > there

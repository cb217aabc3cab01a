"""The documents stay true: their code runs, and what they name and point at exists."""

import doctest
import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.floors import PACKAGE, ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NEEDS = re.compile(r"<!-- runs where (\w+) is installed -->\s*\Z")
NOT_RUN = re.compile(r"<!-- not run: .+ -->\s*\Z")  # a reason is part of the mark
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS | doctest.FAIL_FAST


class Block(NamedTuple):
    """A fenced block, the text just before it, and the line it begins at."""

    language: str
    code: str
    before: str
    line: int


def blocks(text: str) -> list[Block]:
    """List the fenced blocks of a page."""
    fence = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [
        Block(m[1], m[2], text[: m.start()][-200:], text[: m.start()].count("\n") + 2)
        for m in fence.finditer(text)
    ]


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def sections(path: Path) -> list[tuple[str, list[Block]]]:
    """List a page's second-level sections that have Python in them; each stands for itself."""
    text = path.read_text(encoding="utf-8")
    starts = [0, *(m.start() for m in re.finditer(r"^## ", text, re.MULTILINE)), len(text)]
    found = []
    for start, stop in pairwise(starts):
        above = text[:start].count("\n")
        python = [
            block._replace(line=block.line + above)
            for block in blocks(text[start:stop])
            if block.language == "python" and not NOT_RUN.search(block.before)
        ]
        if python:
            found.append((text[start:stop].partition("\n")[0].lstrip("# "), python))
    return found


SECTIONS = [
    pytest.param(path, python, id=f"{path.name}: {title}")
    for path in PAGES
    for title, python in sections(path)
]


@pytest.mark.parametrize(("path", "python"), SECTIONS)
def test_code_runs(path, python, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    for block in python:
        needed = NEEDS.search(block.before)
        if needed:
            pytest.importorskip(needed[1])
        run(block, names, path.name)


def run(block: Block, names: dict, page: str) -> None:
    """Run one block in `names`; one with prompts must also print what it shows."""
    if ">>>" not in block.code:
        exec(compile("\n" * (block.line - 1) + block.code, page, "exec"), names)
        return
    test = doctest.DocTestParser().get_doctest(block.code, names, page, page, block.line - 1)
    said = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    failed, _ = runner.run(test, out=said.append, clear_globs=False)
    names.update(test.globs)
    assert failed == 0, "".join(said)


def test_a_wrong_example_fails():
    with pytest.raises(AssertionError, match="Expected"):
        run(Block("python", ">>> 1 + 1\n3\n", "", 1), {}, "page")
    with pytest.raises(ZeroDivisionError):
        run(Block("python", "1 / 0\n", "", 1), {}, "page")


def test_the_pages_have_code():
    """An expression that finds nothing would make every test above pass."""
    assert len(sections(ROOT / "docs" / "guide.md")) >= 9
    assert len(sections(ROOT / "docs" / "architecture.md")) >= 4


def in_backticks(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(r"`([^`\n]+)`", without_blocks(text))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_named_files_and_folders_exist(path):
    named = [
        name
        for name in in_backticks(path)
        if re.fullmatch(r"[\w./-]+(\.(py|md|toml|npz)|/)", name) and not name.startswith("results/")
    ]
    inside = [f"/{each.relative_to(ROOT).as_posix()}" for each in (ROOT / PACKAGE).rglob("*")]
    unknown = [
        name
        for name in named
        if not (ROOT / name).exists()
        and not (path.parent / name).exists()
        and not any(end.endswith(f"/{name.rstrip('/')}") for end in inside)
    ]
    assert unknown == []


WORDS = {
    word
    for folder in (PACKAGE, "experiments", "tests")
    for file in (ROOT / folder).rglob("*.py")
    if file != Path(__file__)
    for word in re.findall(r"\w+", file.read_text(encoding="utf-8"))
}

# Named as examples, or as what there is not.
ABSENT = {"zero_grad", "grad_t", "prelu", "prelu_backward"}


@pytest.mark.parametrize("name", ["architecture.md", "derivations.md"])
def test_named_functions_exist(name):
    """A name in backticks is looked up, part by part, among all words of the source."""
    path = ROOT / "docs" / name
    named = [re.sub(r"\(.*\)$", "", text) for text in in_backticks(path)]
    plain = [text for text in named if re.fullmatch(r"[A-Za-z_][\w.]*", text)]
    plain = [text for text in plain if not text.endswith((".py", ".md"))]
    taught = set(re.findall(r"\w+", " ".join(b.code for b in blocks(path.read_text("utf-8")))))
    unknown = [text for text in plain if not set(text.split(".")) <= WORDS | taught | ABSENT]
    assert unknown == []
    assert len(plain) > 20


def test_every_room_is_in_the_architecture():
    package = ROOT / PACKAGE
    rooms = [f"{PACKAGE}/{path.name}" for path in sorted(package.glob("*.py"))]
    rooms += [f"{PACKAGE}/{path.parent.name}/" for path in sorted(package.glob("*/__init__.py"))]
    named = set(in_backticks(ROOT / "docs" / "architecture.md"))
    assert [room for room in rooms if room not in named] == []


def test_derivations_that_the_source_points_at_exist():
    text = (ROOT / "docs" / "derivations.md").read_text(encoding="utf-8")
    titles = set(re.findall(r"^## (.+)$", text, re.MULTILINE))
    numbers = set(re.findall(r"\\tag\{(\d+)\}", text))
    sources = [*(ROOT / PACKAGE).rglob("*.py"), *(ROOT / "experiments").rglob("*.py")]
    pointers = [
        pointer
        for source in sources
        for pointer in re.findall(
            r"derivations\.md,\s+(?:\"([^\"]+)\")?(?:eqs?\. \((\d+)\))?",
            source.read_text(encoding="utf-8"),
        )
    ]
    assert [p for p in pointers if (p[0] and p[0] not in titles) or p == ("", "")] == []
    assert {number for _, number in pointers if number} <= numbers
    assert len(pointers) >= 3


def test_equations_are_numbered_in_order():
    text = (ROOT / "docs" / "derivations.md").read_text(encoding="utf-8")
    numbers = [int(number) for number in re.findall(r"\\tag\{(\d+)\}", text)]
    assert numbers == list(range(1, len(numbers) + 1))
    # (14) in the text, but not (N, C) or f(2).
    mentioned = {int(n) for n in re.findall(r"(?<![\w`$])\((\d+)\)", without_blocks(text))}
    assert mentioned <= set(numbers)


def anchors(path: Path) -> set[str]:
    """List what GitHub makes of a page's headings."""
    text = without_blocks(path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_relative_links_resolve(path):
    text = without_blocks(path.read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://|mailto:", link):
            continue
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_mathematics_survives_markdown(path):
    r"""Outside a math block Markdown takes the backslash from \, and \; before TeX sees it."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\$[^$\n]*\\[^a-zA-Z\s][^$\n]*\$", without_blocks(text)) == []
    for block in blocks(text):
        if block.language == "math":
            assert block.code.count("{") == block.code.count("}"), block.code
            assert block.code.count(r"\left") - block.code.count(r"\leftarrow") == block.code.count(
                r"\right"
            ), block.code

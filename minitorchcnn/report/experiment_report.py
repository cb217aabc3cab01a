"""Experiment reports: a folder with what a run found and all it takes to run it again.

`report.html` has everything inside it and needs no network and no script; beside it lie
`results.csv` and the figures as files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minitorchcnn.errors import DataError, FormatError
from minitorchcnn.report import html
from minitorchcnn.report.provenance import csv_text, versions
from minitorchcnn.storage.hashing import sha256_of
from minitorchcnn.storage.paths import make_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Columns that no second run can repeat: shown, but left out of the hash.
TIMES = ("seconds",)

_KINDS = {".gif": "image/gif", ".png": "image/png"}


class ExperimentReport:
    """Collects what a run found, in the order in which it is to be read.

    Parameters
    ----------
    folder : str or Path
        Made if missing; files of the same names are overwritten.
    command : str
        What to type to run it again.
    fingerprint : mapping of str to str
        Of the data, from `fingerprint`.

    Raises
    ------
    FormatError
        If a file is in the folder's place.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = ExperimentReport(folder, "Coins", "python coins.py", [0], {})
    ...     report.add_text("Heads and tails take turns.")
    ...     digest = report.write([{"seed": 0, "heads": 0.5, "seconds": 1.2}])
    >>> digest[:16]
    '3b498e9b64df1315'
    """

    def __init__(
        self,
        folder: str | Path,
        title: str,
        command: str,
        seeds: Iterable[int],
        fingerprint: Mapping[str, str],
    ) -> None:
        self.folder, self.title, self.command = Path(folder), title, command
        self.seeds, self.fingerprint = list(seeds), dict(fingerprint)
        self._parts: list[str] = []
        self._headings: list[str] = []
        self._pictures = 0
        make_folder(self.folder)

    def add_heading(self, text: str) -> None:
        """Begin a section; with three or more the report opens with links to them."""
        self._headings.append(text)
        self._parts.append(html.render_heading(text, len(self._headings)))

    def add_text(self, text: str) -> None:
        """Add plain text: an empty line parts paragraphs, a line that begins with * is a point.

        Nothing in it is taken for HTML.
        """
        self._parts.append(html.render_text(text))

    def add_table(
        self, heads: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = ""
    ) -> None:
        """Add a table; its first column names the rows, columns of numbers stand to the right.

        Parameters
        ----------
        rows : iterable of sequences
            One cell for each head; numbers should come as the text to be read.

        Raises
        ------
        DataError
            If a row is not as long as the heads.
        """
        cells = [[str(cell) for cell in row] for row in rows]
        for number, row in enumerate(cells, start=1):
            if len(row) != len(heads):
                raise DataError(
                    f"the table {caption!r} has {len(heads)} heads, but {len(row)} cells in row "
                    f"{number}: give one for each."
                )
        self._parts.append(html.render_table([str(head) for head in heads], cells, caption))

    def add_figure(self, figure: Figure, caption: str, alt: str = "", name: str = "") -> Path:
        """Add a matplotlib figure, and save it as a PNG file beside the report.

        Parameters
        ----------
        alt : str
            What it shows, for those who cannot see it; empty takes the caption.
        name : str
            Of the file, without ending; empty numbers it.

        Returns
        -------
        Path
            Of the PNG file.
        """
        self._pictures += 1
        path = self.folder / f"{name or f'figure_{self._pictures}'}.png"
        # without the library's name in it, the same figure is the same file
        figure.savefig(path, dpi=150, bbox_inches="tight", metadata={"Software": None})
        self._add_picture(path, caption, alt)
        return path

    def add_animation(self, path: str | Path, caption: str, alt: str = "") -> None:
        """Add a GIF or PNG file that exists already.

        Parameters
        ----------
        alt : str
            What it shows, for those who cannot see it; empty takes the caption.

        Raises
        ------
        FormatError
            If it cannot be read, or is neither a .gif nor a .png file.
        """
        self._pictures += 1
        self._add_picture(Path(path), caption, alt)

    def _add_picture(self, path: Path, caption: str, alt: str) -> None:
        kind = _KINDS.get(path.suffix.lower())
        if kind is None:
            raise FormatError(f"{path} cannot be shown: give a .gif or a .png file.")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise FormatError(f"cannot read {path}: {error.strerror or error}.") from error
        self._parts.append(html.render_picture(content, kind, caption, alt or caption))

    def write(self, rows: Sequence[Mapping[str, Any]], unhashed: Iterable[str] = TIMES) -> str:
        """Write `results.csv` and `report.html`, and return the hash of the results.

        Parameters
        ----------
        rows : sequence of mappings
            One for each run, all with the same columns. Floats are written with 6 digits, None
            as an empty cell.
        unhashed : iterable of str
            Columns that differ from run to run, such as times.

        Returns
        -------
        str
            SHA-256 of the CSV without the unhashed columns, 64 hexadecimal digits.

        Raises
        ------
        DataError
            If there is no row, or the columns differ.
        """
        columns = list(rows[0]) if rows else []
        for number, row in enumerate(rows, start=1):
            if list(row) != columns:
                raise DataError(f"row {number} has the columns {list(row)}, expected {columns}.")
        if not columns:
            raise DataError("an experiment report got no results: give at least one row.")
        left_out = set(unhashed)
        hashed = [name for name in columns if name not in left_out]
        digest = sha256_of([csv_text(hashed, rows)])
        # newline="": a CSV file has the same bytes on every system
        with (self.folder / "results.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(csv_text(columns, rows))
        (self.folder / "report.html").write_text(self._page(digest), encoding="utf-8")
        return digest

    def _page(self, digest: str) -> str:
        facts = {
            "Command": self.command,
            "Seeds": ", ".join(map(str, self.seeds)) or "none",
            "Results": f"SHA-256 {digest} (results.csv without times)",
            **{f"Data: {name}": f"SHA-256 {value}" for name, value in self.fingerprint.items()},
            **versions("minitorchcnn", "numpy", "scikit-image"),
        }
        return html.render_page(self.title, self._headings, self._parts, facts)

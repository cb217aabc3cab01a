"""Whether a network that has only ever seen drawn digits reads people's handwriting.

Run as ``python experiments/transfer.py`` or ``minitorchcnn transfer``. It trains on
`datasets.synthetic_digits` with its default arguments and nothing else, and reads the
handwriting that comes with the package; ``--judge FILE`` adds scans of your own.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from minitorchcnn import datasets
from minitorchcnn.cli.arguments import Parser, finish, natural, positive
from minitorchcnn.laboratory.processes import parallel_map
from minitorchcnn.laboratory.transfer import report
from minitorchcnn.laboratory.transfer.runs import Found, Transfer, run, scans
from minitorchcnn.report.experiment_report import ExperimentReport
from minitorchcnn.report.provenance import fingerprint
from minitorchcnn.storage.hashing import sha256_of
from minitorchcnn.validation import available_cores

OUTPUT = Path("results/transfer")
#: Drawn images, and how often each is seen, by the size of the images.
FULL = {28: (20_000, 6), 8: (12_000, 10)}
QUICK = {28: (3_000, 3), 8: (3_000, 6)}
_SPEED_IMAGES = 10_000


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 training diverged, 2 bad usage.

    Parameters
    ----------
    argv : sequence of str or None
        Arguments; None takes those of the process.
    """
    parser = Parser(
        prog="minitorchcnn transfer",
        description="Train on drawn digits alone, and read the handwriting of people.",
        examples="  minitorchcnn transfer --quick\n  minitorchcnn transfer --judge scans.npz",
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer images, epochs and seeds: under a minute")
    add("--judge", metavar="PATH", type=Path, help="labelled 28 x 28 scans of digits to read, too")
    add("--seeds", metavar="N", type=positive, help="how many seeds (default: 3, --quick 1)")
    add("--seed", metavar="N", type=natural, default=0, help="the first seed")
    add("--output", metavar="FOLDER", type=Path, default=OUTPUT, help="folder for what is written")
    add("--jobs", metavar="N", type=positive, default=available_cores(), help="processes")
    options = parser.parse_args(argv)
    count = options.seeds or (1 if options.quick else 3)
    plans = [
        Transfer(size, seed, *(QUICK if options.quick else FULL)[size], 2_000, options.judge)
        for size in (28, 8)
        for seed in range(options.seed, options.seed + count)
    ]
    words = sys.argv[1:] if argv is None else argv
    command = " ".join(["minitorchcnn transfer", *words])
    return finish(lambda: carry_out(plans, options.output, options.jobs, command))


def carry_out(plans: Sequence[Transfer], output: Path, jobs: int, command: str) -> int:
    """Train as planned, print the tables, and write the card.

    Parameters
    ----------
    plans : sequence of Transfer
        Those of one size together, each with the same seeds.
    output : Path
        Folder, made if missing.
    jobs : int
        Processes; the results do not depend on it.
    command : str
        What to type to run it again.

    Returns
    -------
    int
        0
    """
    if plans[0].judge is not None:
        scans(plans[0].judge)  # a file that cannot be judged is refused before the work begins
    generator = describe_generator(_SPEED_IMAGES)
    print(f"\n{generator}\n")
    found = parallel_map(run, plans, jobs, "training")
    seeds = sorted({plan.seed for plan in plans})
    x, y = datasets.handwriting()
    card = ExperimentReport(
        output,
        "Drawn digits teach reading handwriting",
        command,
        seeds,
        fingerprint({"handwriting, images": x, "handwriting, labels": y}),
    )
    # Times differ from run to run: the card keeps the hash only.
    card.add_text(generator.splitlines()[1])
    print(fill(card, found))
    for one in found:
        if one.plan.seed == seeds[0]:
            one.model().save(output / f"drawn_{one.plan.size}.safetensors")
    digest = card.write(report.rows(found))
    print(f"Written into {output}: report.html, results.csv, figures, the first seed's networks")
    print(f"SHA-256 of the results: {digest}")
    return 0


def describe_generator(images: int) -> str:
    """Draw digits with the default arguments; return how long it took and the hash, as text."""
    datasets.synthetic_digits(10, seed=1)  # what is loaded once is not counted
    start, work = time.perf_counter(), time.process_time()
    x, y = datasets.synthetic_digits(images)
    seconds, work = time.perf_counter() - start, time.process_time() - work
    digest = sha256_of([x, y])
    ink = (x + 1) / 2
    return (
        f"{images:,} digits of 28 x 28 pixels drawn in {seconds:.1f} seconds, "
        f"{work:.1f} of them work of a core.\n"
        f"SHA-256 {digest}; mean ink {ink.mean():.3f}, standard deviation {ink.std():.3f}."
    )


def fill(card: ExperimentReport, found: Sequence[Found]) -> str:
    """Put tables and figures on the card; return the tables as text."""
    parts = []
    heads, cells = report.accuracies(found)
    card.add_table(heads, cells, report.CAPTION)
    parts.append(report.text_table(heads, cells))
    parts.append(report.CAPTION)
    for name in report.judged(found):
        readings = [one.readings[name] for one in found if name in one.readings]
        heads, cells = report.digits(readings)
        title = f"Which digits fail: {report.title(name, len(readings))}"
        card.add_heading(title)
        card.add_table(heads, cells)
        for kind, figure, caption in report.figures(found, name):
            card.add_figure(figure, caption, name=f"{name}_{kind}")
        parts.append(f"{title}\n\n{report.text_table(heads, cells)}")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())

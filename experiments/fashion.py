"""How far a small network gets with 60,000 real pictures, and how long an epoch takes.

Run as ``make fashion``. Fashion-MNIST has a test part that everybody reports on, so it is
measured once, after the last epoch. What was to be chosen was chosen on 10,000 of the training
images: ``--choose`` repeats that choice and never looks at the test part.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from minitorchcnn import Callback, History, Trainer, plots
from minitorchcnn.cli.arguments import Parser, finish, natural, positive
from minitorchcnn.laboratory.fashion_mnist.data import CLASSES, FOLDER, Fashion, fashion
from minitorchcnn.laboratory.fashion_mnist.network import CHOSEN, MOMENTUM, Plan, choose, trainer
from minitorchcnn.laboratory.fashion_mnist.pytorch import Race, Rival
from minitorchcnn.storage.paths import make_folder
from minitorchcnn.validation import available_cores

OUTPUT = Path("results/fashion")
EPOCHS = 5
#: Columns of the table: epoch, loss, training accuracy, our seconds, PyTorch's.
WIDTHS = (5, 9, 12, 10, 10)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 training diverged, 2 bad usage.

    Parameters
    ----------
    argv : sequence of str or None
        Arguments; None takes those of the process.
    """
    parser = Parser(
        prog="fashion.py",
        description="Train a small network on the 60,000 images of Fashion-MNIST and measure it "
        "on the 10,000 test images, with the time of an epoch beside PyTorch's.",
        examples="  python experiments/fashion.py\n"
        "  python experiments/fashion.py --epochs 1 --images 2000\n"
        "  python experiments/fashion.py --choose",
    )
    add = parser.add_argument
    add("--data", metavar="FOLDER", type=Path, default=FOLDER, help="folder of the four IDX files")
    add("--epochs", metavar="N", type=positive, default=EPOCHS, help="times through all images")
    add("--images", metavar="N", type=positive, help="train on the first N images only")
    add("--seed", metavar="N", type=natural, default=0, help="first weights, order of the images")
    add("--output", metavar="FOLDER", type=Path, default=OUTPUT, help="folder for what is written")
    add(
        "--workers",
        metavar="N",
        type=positive,
        default=available_cores(),
        help="threads to compute on",
    )
    add("--choose", action="store_true", help="measure the candidates on held-out training images")
    add("--no-torch", action="store_true", help="do not time PyTorch, even if it is installed")
    options = parser.parse_args(argv)
    plan = Plan(**{name: getattr(options, name) for name in Plan.__dataclass_fields__})
    return finish(lambda: choose(plan) if options.choose else run(plan, not options.no_torch))


def run(plan: Plan, with_torch: bool = True) -> int:
    """Train the chosen network, measure it once, write what came of it.

    Parameters
    ----------
    plan : Plan
    with_torch : bool
        Let PyTorch train beside us where it is installed.

    Returns
    -------
    int
        0
    """
    data = fashion(plan.data, plan.images)
    make_folder(plan.output)
    pupil = trainer(CHOSEN, plan)
    print(f"Fashion-MNIST: {len(data.x):,} training images, {len(data.x_test):,} test images\n")
    print(f"{pupil.model.summary()}\n", flush=True)
    with Turns(plan, pupil, with_torch) as turns:
        history = pupil.fit(data.x, data.y, plan.epochs, callbacks=[turns], progress=False)
        answers = pupil.model.predict(data.x_test, workers=plan.workers).argmax(axis=1)
        print(f"\n{verdict(history, turns, answers, data.y_test)}\n")
    print("Written:", *write(pupil, history, answers, data, plan.output), sep="\n  ")
    return 0


class Turns(Callback):
    """After each of our epochs one of PyTorch's, and a line of the table with both times.

    Parameters
    ----------
    plan : Plan
    pupil : Trainer
        Not trained yet: PyTorch begins with the same weights.
    with_torch : bool
    """

    def __init__(self, plan: Plan, pupil: Trainer, with_torch: bool) -> None:
        self.workers, self.seconds = plan.workers, []
        self.rival = None
        if with_torch:
            with tempfile.TemporaryDirectory() as folder:
                start = Path(folder) / "start.safetensors"
                pupil.model.save(start)
                self.rival = Rival(_race(plan, start))  # it has read the file when this returns
        self.name = "PyTorch is not timed" if self.rival is None else self.rival.name
        print(f"{plan.workers} threads, batches of {CHOSEN.batch_size}; {self.name}\n")
        print(
            f"{'epoch':>5}{'loss':>9}{'training %':>12}{'seconds':>10}{'PyTorch':>10}", flush=True
        )

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: dict[str, float]) -> None:
        """Give PyTorch its turn and print the line."""
        seconds = None if self.rival is None else self.rival.epoch()
        self.seconds += [] if seconds is None else [seconds]
        cells = (
            f"{epoch}",
            f"{record['loss']:.4f}",
            f"{100 * record['accuracy']:.1f}",
            f"{record['seconds']:.1f}",
            "-" if seconds is None else f"{seconds:.1f}",
        )
        line = "".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))
        print(line, flush=True)

    def __enter__(self) -> Turns:
        return self

    def __exit__(self, *_: object) -> None:
        if self.rival is not None:
            self.rival.close()


def _race(plan: Plan, start: Path) -> Race:
    return Race(
        model=str(start),
        data=str(plan.data),
        images=plan.images,
        batch_size=CHOSEN.batch_size,
        learning_rate=CHOSEN.learning_rate,
        momentum=MOMENTUM,
        epochs=plan.epochs,
        seed=plan.seed,
        workers=plan.workers,
    )


def verdict(history: History, turns: Turns, answers: np.ndarray, labels: np.ndarray) -> str:
    """Say what was reached, and how long it took beside PyTorch."""
    right = int((answers == labels).sum())
    ours = statistics.median(history.column("seconds"))
    lines = [f"test accuracy  {100 * right / len(labels):.2f} % ({right:,} of {len(labels):,})"]
    times = f"seconds/epoch  {ours:.1f} (median)"
    if turns.seconds:
        theirs = statistics.median(turns.seconds)
        accuracy = 100 * turns.rival.accuracy()
        lines[0] += f"; PyTorch, from the same first weights: {accuracy:.2f} %"
        times += f"; PyTorch {theirs:.1f}: {ours / theirs:.2f} times as long"
    return "\n".join([*lines, times])


def write(
    pupil: Trainer, history: History, answers: np.ndarray, data: Fashion, output: Path
) -> list[Path]:
    """Write the model, the record of the epochs and the confusion figure; return their paths."""
    names = ("fashion.safetensors", "epochs.csv", "confusion.png")
    model, epochs, figure = (output / name for name in names)
    pupil.model.class_names, pupil.model.preprocessing = CLASSES, data.preprocessing
    pupil.model.save(model)
    history.to_csv(epochs)
    matrix = np.zeros((len(CLASSES), len(CLASSES)), dtype=np.int64)
    np.add.at(matrix, (data.y_test, answers), 1)
    title = f"Fashion-MNIST: {len(answers):,} test images"
    ax = plots.plot_confusion(matrix, CLASSES, title=title)
    ax.tick_params(axis="x", rotation=90)
    ax.figure.savefig(figure, dpi=150, bbox_inches="tight")
    return [model, epochs, figure]


if __name__ == "__main__":
    sys.exit(main())

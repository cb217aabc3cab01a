"""What a training on Fashion-MNIST reached: epochs beside PyTorch's, the result, files."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import numpy as np

from minitorchcnn import Callback, History, Trainer, plots
from minitorchcnn.laboratory.fashion_mnist.data import CLASSES, FashionImages
from minitorchcnn.laboratory.fashion_mnist.network import CHOSEN, MOMENTUM, FashionPlan
from minitorchcnn.laboratory.fashion_mnist.pytorch import PyTorchProcess, Race
from minitorchcnn.plots.canvas import root_figure
from minitorchcnn.report.statistics import confusion_matrix

#: Columns of the table: epoch, loss, training accuracy, our seconds, PyTorch's.
_WIDTHS = (5, 9, 12, 10, 10)


class SideBySide(Callback):
    """After each of our epochs one of PyTorch's, and a line of the table with both times.

    Parameters
    ----------
    trainer : Trainer
        Not trained yet: PyTorch begins with the same weights.
    """

    def __init__(self, plan: FashionPlan, trainer: Trainer, with_torch: bool) -> None:
        self.seconds: list[float] = []
        self.pytorch: PyTorchProcess | None = None
        if with_torch:
            with tempfile.TemporaryDirectory() as folder:
                start = Path(folder) / "start.safetensors"
                trainer.model.save(start)
                # it has read the file when this returns
                self.pytorch = PyTorchProcess(_race(plan, start))
        name = "PyTorch is not timed" if self.pytorch is None else self.pytorch.name
        print(f"{plan.workers} threads, batches of {CHOSEN.batch_size}; {name}\n")
        _print_line("epoch", "loss", "training %", "seconds", "PyTorch")

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: dict[str, float]) -> None:
        """Give PyTorch its turn and print the line."""
        seconds = None if self.pytorch is None else self.pytorch.epoch()
        self.seconds += [] if seconds is None else [seconds]
        _print_line(
            *(f"{epoch}", f"{record['loss']:.4f}", f"{100 * record['accuracy']:.1f}"),
            f"{record['seconds']:.1f}",
            "-" if seconds is None else f"{seconds:.1f}",
        )

    def __enter__(self) -> SideBySide:
        return self

    def __exit__(self, *_: object) -> None:
        if self.pytorch is not None:
            self.pytorch.close()


def _print_line(*cells: str) -> None:
    line = "".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    print(line, flush=True)


def _race(plan: FashionPlan, start: Path) -> Race:
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


def describe_result(
    history: History, both: SideBySide, answers: np.ndarray, labels: np.ndarray
) -> str:
    """Say what was reached, and how long it took beside PyTorch."""
    correct = int((answers == labels).sum())
    ours = statistics.median(history.column("seconds"))
    reached = f"test accuracy  {100 * correct / len(labels):.2f} % ({correct:,} of {len(labels):,})"
    times = f"seconds/epoch  {ours:.1f} (median)"
    accuracy = None if both.pytorch is None else both.pytorch.accuracy()
    if both.seconds and accuracy is not None:
        theirs = statistics.median(both.seconds)
        reached += f"; PyTorch, from the same first weights: {100 * accuracy:.2f} %"
        times += f"; PyTorch {theirs:.1f}: {ours / theirs:.2f} times as long"
    return f"{reached}\n{times}"


def write(
    trainer: Trainer, history: History, answers: np.ndarray, data: FashionImages, output: Path
) -> list[Path]:
    """Write the model, the record of the epochs and the confusion figure; return their paths."""
    names = ("fashion.safetensors", "epochs.csv", "confusion.png")
    model, epochs, figure = (output / name for name in names)
    trainer.model.class_names, trainer.model.preprocessing = CLASSES, data.preprocessing
    trainer.model.save(model)
    history.to_csv(epochs)
    matrix = confusion_matrix(data.y_test, answers, len(CLASSES))
    ax = plots.plot_confusion(matrix, CLASSES, title=f"Fashion-MNIST: {len(answers):,} test images")
    ax.tick_params(axis="x", rotation=90)
    root_figure(ax).savefig(figure, dpi=150, bbox_inches="tight")
    return [model, epochs, figure]

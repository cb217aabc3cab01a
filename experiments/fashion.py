"""How far a small network gets with 60,000 real pictures, and how long an epoch takes.

Run as ``make fashion``. Fashion-MNIST has a test part that everybody reports on, so it is
measured once, after the last epoch. What was to be chosen was chosen on 10,000 of the training
images: ``--choose`` repeats that choice and never looks at the test part.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from minitorchcnn.cli.arguments import Parser, finish, natural, positive
from minitorchcnn.laboratory.fashion_mnist.data import FOLDER, load_fashion
from minitorchcnn.laboratory.fashion_mnist.network import (
    CHOSEN,
    FashionPlan,
    build_trainer,
    compare_settings,
)
from minitorchcnn.laboratory.fashion_mnist.report import SideBySide, describe_result, write
from minitorchcnn.storage.paths import make_folder
from minitorchcnn.validation import available_cores

OUTPUT = Path("results/fashion")
EPOCHS = 5


def main(argv: Sequence[str] | None = None) -> int:
    """Read the options and answer; return the exit code."""
    parser = Parser(
        prog="fashion.py",
        description="Train a small network on the 60,000 images of Fashion-MNIST and measure it "
        "on the 10,000 test images, with the time of an epoch beside PyTorch's.",
        examples="  python experiments/fashion.py\n"
        "  python experiments/fashion.py --epochs 1 --images 2000\n"
        "  python experiments/fashion.py --choose",
    )
    add, cores = parser.add_argument, available_cores()
    add("--data", metavar="FOLDER", type=Path, default=FOLDER, help="folder of the four IDX files")
    add("--epochs", metavar="N", type=positive, default=EPOCHS, help="times through all images")
    add("--images", metavar="N", type=positive, help="train on the first N images only")
    add("--seed", metavar="N", type=natural, default=0, help="first weights, order of the images")
    add("--output", metavar="FOLDER", type=Path, default=OUTPUT, help="folder for what is written")
    add("--workers", metavar="N", type=positive, default=cores, help="threads to compute on")
    add("--choose", action="store_true", help="measure the candidates on held-out training images")
    add("--no-torch", action="store_true", help="do not time PyTorch, even if it is installed")
    options = vars(parser.parse_args(argv))
    choose, no_torch = options.pop("choose"), options.pop("no_torch")
    plan = FashionPlan(**options)
    return finish(lambda: compare_settings(plan) if choose else run(plan, not no_torch))


def run(plan: FashionPlan, with_torch: bool = True) -> int:
    """Train the chosen network, measure it once, write what came of it."""
    data = load_fashion(plan.data, plan.images)
    make_folder(plan.output)
    trainer = build_trainer(CHOSEN, plan)
    print(f"Fashion-MNIST: {len(data.x):,} training images, {len(data.x_test):,} test images\n")
    print(f"{trainer.model.summary()}\n", flush=True)
    with SideBySide(plan, trainer, with_torch) as both:
        history = trainer.fit(data.x, data.y, plan.epochs, callbacks=[both], progress=False)
        answers = trainer.model.predict(data.x_test, workers=plan.workers).argmax(axis=1)
        print(f"\n{describe_result(history, both, answers, data.y_test)}\n")
    print("Written:", *write(trainer, history, answers, data, plan.output), sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())

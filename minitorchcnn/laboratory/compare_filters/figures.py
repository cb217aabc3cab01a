"""The comparison in pictures: what the filters became, what they see, and how well they do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minitorchcnn import filters, plots, softmax
from minitorchcnn.laboratory.compare_filters.charts import (
    WIDTH,
    draw_differences,
    draw_epochs,
    draw_images,
    draw_robustness,
)
from minitorchcnn.laboratory.compare_filters.runs import RunResult
from minitorchcnn.laboratory.compare_filters.study import Study
from minitorchcnn.laboratory.compare_filters.variants import (
    HAND_SET,
    HAND_SET_TRAINED,
    LEARNED,
    LEARNED_8,
    LEARNED_16,
    Variant,
    build_network,
)
from minitorchcnn.laboratory.compare_filters.walkthrough import (
    ReportFigure,
    choose_example,
    draw_walkthrough,
    is_photograph,
    load_images,
    load_model,
)
from minitorchcnn.laboratory.image_sets import CLASS_NAMES
from minitorchcnn.plots.canvas import root_figure
from minitorchcnn.report.experiment_report import ExperimentReport

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMES = ("box", "vertical", "diagonal")
_FRAMES = 20  # of a film, at the most


def add_figures(page: ExperimentReport, study: Study) -> int:
    """Add all figures of one data set to a page, a film last, and return how many."""
    count = 0
    for drawn in draw_figures(study):
        name = f"{study.data}_{drawn.name}"
        page.add_figure(drawn.figure, drawn.caption, name=name)
        count += 1
    film = write_animation(study, page.folder)
    caption = f"{LEARNED_8.filters} learned filters of the first seed, from start to end of it."
    page.add_animation(film, caption)
    return count + 1


def draw_figures(study: Study) -> Iterator[ReportFigure]:
    """Yield the figures of one data set, in the order of reading."""
    if len(study.sizes) > 1:
        yield ReportFigure(
            "images",
            draw_images(study),
            "Accuracy on test images over the number of training images: mean over the seeds "
            "with its 95 % interval.",
        )
    yield ReportFigure(
        "differences",
        draw_differences(study),
        "Paired differences, seed by seed, with their 95 % intervals. Where an interval touches "
        "0 (blue), it cannot be told which is better.",
    )
    if study.of(HAND_SET)[0].robust:
        yield ReportFigure(
            "robustness",
            draw_robustness(study),
            "Accuracy on test images that were disturbed, with 95 % intervals; nothing was "
            "trained on disturbed images.",
        )
    yield ReportFigure(
        "epochs",
        draw_epochs(study),
        "Learning curves: accuracy on test images after every epoch, with 95 % intervals.",
    )
    yield from _draw_filters(study)
    yield from draw_walkthrough(study.of(LEARNED)[0])
    yield from _draw_answers(study)


def _draw_filters(study: Study) -> Iterator[ReportFigure]:
    yield ReportFigure(
        "filters_nearest",
        _draw_nearest(study),
        f"What {LEARNED_16.filters} learned filters became (first seed): the filter of the bank "
        "each is most like, and the cosine between the two. A minus means the opposite filter.",
    )
    yield ReportFigure(
        "filters_hand-set",
        _draw_filter_change(study, HAND_SET_TRAINED, _NAMES),
        "The tutorial's filters before and after further training (first seed).",
    )
    yield ReportFigure(
        "filters_learned",
        _draw_filter_change(study, LEARNED, None),
        "Random filters before and after training (first seed).",
    )
    for name, variant, names in (("hand-set", HAND_SET, _NAMES), ("learned", LEARNED, None)):
        yield ReportFigure(
            f"maps_{name}",
            _draw_feature_maps(study.of(variant)[0], names),
            f"What the filters ({variant.name}) answer to one test image, after ReLU.",
        )


def _draw_answers(study: Study) -> Iterator[ReportFigure]:
    yield ReportFigure(
        "confusion",
        _draw_confusion(study),
        f"Which class was taken for which: {LEARNED.name}, all seeds together.",
    )
    run = study.of(LEARNED_16)[0]
    images, model = load_images(run), load_model(run)
    probabilities = softmax(model.predict(images.x_test, workers=1))
    names = CLASS_NAMES[study.data]
    yield ReportFigure(
        "mistakes",
        root_figure(
            plots.plot_mistakes(
                images.x_test,
                images.y_test,
                probabilities,
                names,
                title=_title(study, LEARNED_16),
                photograph=is_photograph(run),
            )
        ),
        "The test images that were classified wrongly with most confidence (first seed).",
    )
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != images.y_test)
    if len(wrong):
        worst = wrong[probabilities[wrong].max(axis=1).argmax()]
        truth, answer = int(images.y_test[worst]), int(answers[worst])
        yield ReportFigure(
            "grad_cam",
            _draw_mistake(run, images.x_test[worst], answer, truth),
            f"Where the network found its most confident mistake: a {names[truth]} that was "
            f"taken for a {names[answer]}. Orange is what speaks for a class (Grad-CAM), or what "
            "moves its logit most (saliency).",
        )


def write_animation(study: Study, folder: Path) -> Path:
    """Write the film of learned filters as GIF, of at most 20 frames, and return its path."""
    history = study.of(LEARNED_8)[0].filter_history
    shown = np.unique(np.linspace(0, len(history) - 1, _FRAMES).round().astype(int))
    return plots.animate_filters(
        history[shown],
        folder / f"{study.data}_film.gif",
        frame_names=["start", *(f"epoch {epoch}" for epoch in shown[1:])],
        title=_title(study, LEARNED_8),
    )


def _draw_nearest(study: Study) -> Figure:
    weight = study.of(LEARNED_16)[0].state["0.weight"]
    found = [filters.nearest(one) for one in weight]
    names = []
    for name, cosine in found:
        names.append(f"{'-' if cosine < 0 else ''}{name.replace('_', ' ')} {abs(cosine):.2f}")
    return root_figure(
        plots.plot_filters(weight, names, title=_title(study, LEARNED_16), columns=3)
    )


def _draw_filter_change(study: Study, variant: Variant, names: tuple[str, ...] | None) -> Figure:
    run = study.of(variant)[0]
    images = load_images(run)
    start = build_network(variant, images.x_train.shape[1:], run.plan.seed, images.classes)
    before = start.state_dict()["0.weight"]
    title = _title(study, variant)
    return root_figure(plots.plot_filter_change(before, run.state["0.weight"], names, title=title))


def _draw_feature_maps(run: RunResult, names: tuple[str, ...] | None) -> Figure:
    """Show what the filters answer to the first eight or so of the test part, after ReLU."""
    image, name = choose_example(run)
    maps = image[np.newaxis]
    for layer in load_model(run).layers[:2]:
        maps = layer.forward(maps, training=False)
    title = f"{name}, after filters and ReLU\n{run.plan.variant.name}"
    return root_figure(plots.plot_feature_maps(maps[0], names, title=title))


def _draw_confusion(study: Study) -> Figure:
    runs = study.of(LEARNED)
    title = f"{study.title}\n{LEARNED.name}, {len(runs)} seeds"
    matrix = np.sum([run.confusion for run in runs], axis=0)
    return root_figure(plots.plot_confusion(matrix, CLASS_NAMES[study.data], title=title))


def _draw_mistake(run: RunResult, image: np.ndarray, answer: int, truth: int) -> Figure:
    """Show a mistake, and where the network looked for its answer and for the truth."""
    from matplotlib.figure import Figure

    model, names, light = load_model(run), CLASS_NAMES[run.plan.data], is_photograph(run)
    figure = Figure(figsize=(WIDTH, 4.8), layout="constrained")
    plain, *others = figure.subplots(2, 2).flat
    plots.plot_image(image[0], plain, numbers=False, photograph=light)
    plain.set_title(f"the image:\n{names[truth]}", fontsize=10)
    for ax, label in zip(others, (answer, truth), strict=False):
        title = f"Grad-CAM\nfor {names[label]}"
        plots.plot_grad_cam(model, image, label, ax=ax, title=title, photograph=light)
    title = f"saliency\nfor {names[answer]}"
    plots.plot_saliency(model, image, answer, others[-1], title, photograph=light)
    return figure


def _title(study: Study, variant: Variant) -> str:
    counted = (
        variant.name if variant.name[0].isdigit() else f"{variant.filters} filters, {variant.name}"
    )
    return f"{study.title}\n{counted}"

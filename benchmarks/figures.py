"""How cost grows with batch, image and filters, as one figure."""

from __future__ import annotations

from pathlib import Path

from benchmarks.suite import HELD, OURS, TORCH, Measured

COLOURS = {OURS: "#1f5fa8", HELD: "#6fb1e8", TORCH: "#d9661f"}
LINES = {1: "--", 2: "-"}


def draw(measured: Measured, path: Path) -> None:
    """Write the log-log curves of a training step's time to `path`.

    Parameters
    ----------
    measured : Measured
    path : Path
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.4), layout="constrained")
    for axes, (title, by_cores) in zip(figure.subplots(1, 3), measured.growth.items(), strict=True):
        for cores, points in by_cores.items():
            for label in points[0][1]:
                reached = [(size, r[label].seconds) for size, r in points if r[label].seconds]
                if not reached:
                    continue
                sizes, seconds = zip(*reached, strict=True)
                name = f"{label}, {cores} core{'s' if cores > 1 else ''}"
                axes.loglog(
                    sizes,
                    [1e3 * second for second in seconds],
                    LINES[cores],
                    color=COLOURS[label],
                    marker="o",
                    markersize=3,
                    label=name,
                )
        axes.set(title=f"Training step over {title.split(' (')[0]}", xlabel=title)
        axes.set_xticks(sizes, [str(size) for size in sizes], minor=False)
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel("milliseconds a step")
    figure.axes[0].legend(fontsize="small")
    figure.savefig(path, dpi=110, metadata={"Software": None})

"""The table that `Sequential.summary` prints: what each layer makes, costs and sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minitorchcnn.geometry import Pair, reach
from minitorchcnn.model.shapes import format_shape
from minitorchcnn.report.text_table import align

if TYPE_CHECKING:
    from minitorchcnn.model.sequential import Sequential

HEADERS = ("", "layer", "output shape", "parameters", "frozen", "sees")


def summarize(model: Sequential) -> str:
    """Return the table as text; one row for each layer, the totals, and what training takes."""
    fields = receptive_fields(model)
    rows = [HEADERS, ("", f"input {model.dtype.name}", format_shape(model.input_shape), "", "", "")]
    for index, (layer, field) in enumerate(zip(model.layers, fields, strict=True)):
        total = sum(parameter.size for parameter in layer.parameters())
        frozen = total - sum(parameter.trainable_size for parameter in layer.parameters())
        rows.append(
            (
                str(index),
                repr(layer),
                format_shape(layer.output_shape or ()),
                f"{total:,}" if total else "-",
                f"{frozen:,}" if frozen else "-",
                "all" if field is None else f"{field[0]}x{field[1]}",
            )
        )
    head, *lines = align(rows, "><<>>>")
    rule = "-" * len(head)
    totals = [_totals(model), model.estimate(32, workers=1).brief()]
    return "\n".join([head, rule, *lines, rule, *totals])


def receptive_fields(model: Sequential) -> list[Pair | None]:
    """Return, for each layer, the (height, width) in input pixels that one output depends on.

    None means the whole input. Padding is not subtracted.
    """
    field, jump, everything = (1, 1), (1, 1), False
    fields: list[Pair | None] = []
    for layer in model.layers:
        everything = everything or layer.mixes_positions
        window = layer.window
        if window is not None and not everything:
            spans = [reach(k, d) for k, d in zip(window.kernel_size, window.dilation, strict=True)]
            field = (field[0] + (spans[0] - 1) * jump[0], field[1] + (spans[1] - 1) * jump[1])
            jump = (jump[0] * window.stride[0], jump[1] * window.stride[1])
        fields.append(None if everything else field)
    return fields


def _totals(model: Sequential) -> str:
    total = sum(parameter.size for parameter in model.parameters())
    trained = sum(parameter.trainable_size for parameter in model.parameters())
    return f"{total:,} parameters: {trained:,} trainable, {total - trained:,} frozen"

"""Options are written once, and seen in every reader's signature all the same."""

import inspect

import pytest

from minitorchcnn import datasets

COMMON = {"light_ink", "class_names", "digit", "limit_bytes", "in_memory_bytes"}
SIZED = COMMON | {"size", "channels"}
FOLDER = {"on_error", "max_pixels"}
TAKEN = [
    (datasets.read_idx, ["path", "labels"], COMMON),
    (datasets.read_arrays, ["path", "labels"], SIZED | {"value_range"}),
    (datasets.read_csv, ["path", "label_column"], SIZED | {"value_range"}),
    (datasets.read_folder, ["path"], SIZED | FOLDER),
    (datasets.load, ["path"], SIZED | FOLDER | {"value_range", "labels", "label_column"}),
]
DEFAULTS = {
    "digit": False,
    "on_error": "raise",
    "max_pixels": 50_000_000,
    "limit_bytes": 2**31,
    "in_memory_bytes": 2**28,
}


@pytest.mark.parametrize(("reader", "own", "options"), TAKEN)
def test_signature(reader, own, options):
    parameters = inspect.signature(reader).parameters
    assert list(parameters)[: len(own)] == own
    keywords = {name for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert keywords == options
    assert parameters.keys() == {*own, *options}
    for name in options:
        assert parameters[name].default == DEFAULTS.get(name)


@pytest.mark.parametrize(("reader", "own", "options"), TAKEN)
def test_other_options_are_refused(reader, own, options):
    for name in {"sizes", "size", "labels", "max_pixels"} - options - set(own):
        with pytest.raises(TypeError, match=rf"{reader.__name__}\(\) got an unexpected .*'{name}'"):
            reader("nothing", **{name: None})

"""The house stays a house: who imports whom, what `import minitorchcnn` loads, what is banned.

The walkers of tests/floors.py are themselves tested on planted violations.
"""

import ast
import re
import subprocess
import sys

import pytest

from tests.floors import FLOORS, ROOT, circles, floor_violations, modules, rule_violations

MODULES = modules()
HEAVY = ["skimage", "scipy", "matplotlib", "PIL", "tqdm", "safetensors", "torch"]


@pytest.mark.parametrize("module", MODULES)
def test_module_keeps_to_its_floor_and_the_rules(module):
    source = MODULES[module].read_text(encoding="utf-8")
    violations = [*floor_violations(module, source, set(MODULES)), *rule_violations(module, source)]
    assert violations == []


def test_no_imports_go_in_a_circle():
    assert circles({m: path.read_text(encoding="utf-8") for m, path in MODULES.items()}) == []


def test_a_circle_is_found_also_through_a_function():
    sources = {
        "minitorchcnn.ops.a": "from minitorchcnn.ops import b",
        "minitorchcnn.ops.b": "def f():\n    import minitorchcnn.ops.a",
        "minitorchcnn.ops": "",
        "minitorchcnn.ops.c": "if TYPE_CHECKING:\n    import minitorchcnn.ops.d",
        "minitorchcnn.ops.d": "import minitorchcnn.ops.c",
    }
    assert circles(sources) == [["minitorchcnn.ops.a", "minitorchcnn.ops.b"]]


def test_the_walk_finds_the_house():
    expected = {"minitorchcnn", "minitorchcnn.ops.conv", "experiments.train_digits"}
    assert expected <= set(MODULES)


def test_experiments_use_public_names_only():
    for module, path in MODULES.items():
        if not module.startswith(("minitorchcnn.laboratory", "experiments.", "benchmarks.")):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert private_names(tree, set(public_names())) == [], module


def public_names():
    import minitorchcnn

    return [*minitorchcnn.__all__, "__version__", "datasets", "filters", "plots"]


def private_names(tree, public):
    """List names taken from `minitorchcnn` itself that its public table does not have."""
    names, aliases = [], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "minitorchcnn":
            names += [alias.name for alias in node.names]
        if isinstance(node, ast.Import):
            aliases |= {a.asname or a.name for a in node.names if a.name == "minitorchcnn"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names += [node.attr] if node.value.id in aliases else []
    return [name for name in names if name not in public]


def test_import_loads_numpy_and_nothing_heavier():
    code = f"import sys, minitorchcnn; print(*[m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []


KNOWN = {
    f"minitorchcnn{tail}"
    for tail in ["", ".ops", ".ops.conv", ".ops.engine", ".ops.engine.columns", ".layers"]
}
KNOWN |= {f"minitorchcnn.{module}" for module in ["layers.base", "layers.conv", "plots"]}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("minitorchcnn.ops.conv", "from minitorchcnn.layers.parameter import Parameter"),
        ("minitorchcnn.ops.conv", "from minitorchcnn import layers"),
        ("minitorchcnn.ops.conv", "def f():\n    import minitorchcnn.training.trainer"),
        ("minitorchcnn.ops.conv", "from minitorchcnn.validation import integer"),
        ("minitorchcnn.ops.conv", "from . import loss"),
        ("minitorchcnn.ops.engine.columns", "from minitorchcnn.ops.conv import conv2d"),
        ("minitorchcnn.ops.engine.columns", "from minitorchcnn.ops import conv"),
        ("minitorchcnn.optimizers.sgd", "from minitorchcnn.model.sequential import Sequential"),
        ("minitorchcnn.optimizers.sgd", "from minitorchcnn.layers.base import Layer"),
        ("minitorchcnn.errors", "from minitorchcnn.geometry import pair"),
        ("minitorchcnn.report.html", "from minitorchcnn.types import Array"),
        ("minitorchcnn.layers.dense", "from minitorchcnn.layers.conv import Conv2D"),
        ("minitorchcnn.layers.dense", "from minitorchcnn.layers import Conv2D"),
        ("minitorchcnn.layers.dense", "from minitorchcnn import Conv2D"),
        ("minitorchcnn.model.build", "from minitorchcnn.optimizers.sgd import SGD"),
        ("minitorchcnn.model.sequential", "from minitorchcnn.training.data_checks import check"),
        (
            "minitorchcnn.model.sequential",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import minitorchcnn",
        ),
        ("minitorchcnn.training.trainer", "def f():\n    from minitorchcnn import cli"),
        ("minitorchcnn.training.data", "from minitorchcnn.datasets import synthetic_digits"),
        ("minitorchcnn.datasets.split", "from minitorchcnn.layers import Conv2D"),
        ("minitorchcnn.plots.charts", "from minitorchcnn.diagnostics.training import Doctor"),
        ("minitorchcnn.laboratory.one", "from minitorchcnn.layers.conv import Conv2D"),
        ("minitorchcnn.laboratory.one", "from minitorchcnn.cli.arguments import Parser"),
        ("minitorchcnn.laboratory.one", "from experiments.train_digits import main"),
        ("experiments.one", "from minitorchcnn.ops.conv import conv2d"),
        ("experiments.one", "from minitorchcnn.cli.train import run"),
        ("experiments.one", "from minitorchcnn.model.sequential import Sequential"),
        ("minitorchcnn.surprise", "import numpy"),
    ],
)
def test_planted_import_is_found(module, source):
    assert list(floor_violations(module, source, KNOWN))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ops.conv", "from minitorchcnn.errors import ShapeError\nimport numpy as np"),
        ("ops.conv", "from minitorchcnn.ops.engine.columns import tiles"),
        ("ops.loss", "from minitorchcnn.ops.activation import sigmoid"),
        ("layers.dense", "from minitorchcnn.layers.base import Layer"),
        ("layers.dense", "from minitorchcnn.layers import base"),
        ("layers", "from minitorchcnn.layers.conv import Conv2D"),
        ("model.sequential", "def check():\n    from minitorchcnn.training.checks import check"),
        ("laboratory.one", "import minitorchcnn\nfrom minitorchcnn import Conv2D, plots"),
        ("laboratory.one", "from minitorchcnn.laboratory.two import table"),
        ("cli.compare", "from minitorchcnn.laboratory.compare_filters.study import studies"),
    ],
)
def test_permitted_import_passes(module, source):
    assert list(floor_violations(f"minitorchcnn.{module}", source, KNOWN)) == []


def test_the_drawing_in_the_documents_is_the_table():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \| ([^|]+) \|", text, re.MULTILINE)
    drawn = {int(number): re.findall(r"`([^`]*)`", rooms) for number, rooms in rows}
    named = [["public table" if name == "" else name for name in rooms] for rooms in FLOORS]
    assert drawn == dict(enumerate(named, start=1))


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    assert x > 0",
        "import pickle",
        "from joblib import load",
        "eval('1')",
        "exec(text)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=wanted)",
        "np.random.seed(0)",
        "x = numpy.random.rand(3)",
        "from numpy.random import randn",
        "import random",
        "from random import choice",
    ],
)
def test_planted_construct_is_found(source):
    assert list(rule_violations("minitorchcnn.training.trainer", source))


@pytest.mark.parametrize(
    "source",
    [
        "rng = np.random.default_rng(0)",
        "def f(rng: np.random.Generator): return rng.normal()",
        "np.load(path, allow_pickle=False)",
        "model.eval()",
        "x.astype(np.float32)",
    ],
)
def test_harmless_construct_passes(source):
    assert list(rule_violations("minitorchcnn.training.trainer", source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "np.zeros(3, dtype=np.float32)",
        "np.zeros(3, np.float64)",
        "x.astype('float32')",
        "x.astype(float)",
        "np.zeros(3, dtype=float)",
        "np.zeros(3, dtype='d')",
        "np.dtype('f8')",
        "from numpy import float32",
    ],
)
def test_planted_dtype_is_found_in_ops_only(source):
    assert list(rule_violations("minitorchcnn.ops.conv", source))
    assert list(rule_violations("minitorchcnn.initializers", source)) == []


def test_a_docstring_may_speak_of_dtypes():
    source = (
        '"""In float32 and float64."""\ny = np.zeros(3, x.dtype)\nfloat(y)\ny.dtype.kind == "f"'
    )
    assert list(rule_violations("minitorchcnn.ops.conv", source)) == []


def test_planted_private_name_is_found():
    source = "import minitorchcnn as mt\nfrom minitorchcnn import hidden\nmt.secret(mt.Conv2D)"
    assert private_names(ast.parse(source), {"Conv2D"}) == ["hidden", "secret"]

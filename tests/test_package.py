"""What is shipped is what is declared: names, version, folders, lower bounds."""

import ast
import importlib.metadata
import inspect
import subprocess
import sys
import tomllib

import pytest

import minitorchcnn
from tests.floors import ROOT, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_public_table_is_sorted_and_without_doubles():
    """The order is that of ruff's RUF022: CONSTANTS, Classes, functions."""

    def kind(name):
        return (not name.isupper(), not name[0].isupper(), name)

    assert list(minitorchcnn.__all__) == sorted(set(minitorchcnn.__all__), key=kind)


def test_every_name_of_the_public_table_is_there_and_no_other_is_offered():
    for name in minitorchcnn.__all__:
        assert getattr(minitorchcnn, name) is getattr(minitorchcnn, name)
    assert dir(minitorchcnn) == sorted(minitorchcnn.__all__)
    with pytest.raises(AttributeError, match="module 'minitorchcnn' has no attribute 'Conv3D'"):
        minitorchcnn.Conv3D  # noqa: B018 - naming it is the test


def test_training_does_not_wait_for_what_it_does_without():
    code = "import sys, minitorchcnn; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    rooms = {"datasets", "plots", "diagnostics", "laboratory"}
    heavy = {"importlib.metadata", "importlib.resources", "matplotlib", "skimage", "PIL", "jinja2"}
    slow = {f"minitorchcnn.{room}" for room in rooms} | heavy
    assert set(loaded.stdout.split()) & slow == set()


def test_version_is_the_declared_one():
    assert minitorchcnn.__version__ == PROJECT["project"]["version"]
    assert importlib.metadata.version("minitorchcnn") == minitorchcnn.__version__


@pytest.mark.parametrize("name", minitorchcnn.__all__)
def test_public_name_has_a_docstring(name):
    value = getattr(minitorchcnn, name)
    if isinstance(value, str):
        return
    assert value.__doc__, name
    if inspect.isclass(value):
        for method, member in vars(value).items():
            if not method.startswith("_") and (callable(member) or isinstance(member, property)):
                assert inspect.getdoc(getattr(value, method)), f"{name}.{method}"


def test_every_folder_with_code_is_packaged():
    folders = {
        name
        for name, path in modules().items()
        if path.name == "__init__.py" and name != "benchmarks"
    }
    assert folders == set(PROJECT["tool"]["setuptools"]["packages"])


def test_every_dependency_has_a_lower_bound():
    """`make test-oldest` turns each bound into the version it tests with."""
    for dependency in PROJECT["project"]["dependencies"]:
        assert dependency.count(">=") == 1, dependency
        assert not set(dependency) & set("<~!,;"), dependency


#: Where the name that is imported is not that of the distribution.
SOLD_AS = {"skimage": "scikit-image", "PIL": "pillow", "mpl_toolkits": "matplotlib"}

#: What experiments and benchmarks compare us with, and can do without.
RIVALS = {"torch"}


def test_every_import_is_of_a_declared_dependency():
    """Nothing may be there only because another package happens to need it."""
    declared = {dependency.split(">=")[0] for dependency in PROJECT["project"]["dependencies"]}
    known = {"minitorchcnn", *sys.stdlib_module_names, *RIVALS}
    strangers = set()
    for name, path in modules().items():
        if name.split(".")[0] == "benchmarks":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            roots = {each.split(".")[0] for each in names} - known
            strangers |= {(name, root) for root in roots if SOLD_AS.get(root, root) not in declared}
    assert strangers == set()

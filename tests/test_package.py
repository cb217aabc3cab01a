"""What is shipped is what is declared: names, version, folders, lower bounds."""

import importlib.metadata
import inspect
import tomllib
from types import ModuleType

import pytest

import minitorchcnn
from tests.floors import ROOT, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_public_table_is_sorted_and_without_doubles():
    """The order is that of ruff's RUF022: CONSTANTS, Classes, functions."""

    def kind(name):
        return (not name.isupper(), not name[0].isupper(), name)

    assert list(minitorchcnn.__all__) == sorted(set(minitorchcnn.__all__), key=kind)


def test_public_table_names_everything_that_is_there():
    there = {name for name, value in vars(minitorchcnn).items() if not name.startswith("_")}
    submodules = {n for n in there if isinstance(getattr(minitorchcnn, n), ModuleType)}
    assert there - submodules <= set(minitorchcnn.__all__)
    assert set(minitorchcnn.__all__) - {"__version__"} <= there


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
        if path.name == "__init__.py" and not name.startswith("minitorchcnn.benchmarks")
    }
    assert folders == set(PROJECT["tool"]["setuptools"]["packages"])


def test_every_dependency_has_a_lower_bound():
    """`make test-oldest` turns each bound into the version it tests with."""
    for dependency in PROJECT["project"]["dependencies"]:
        assert dependency.count(">=") == 1, dependency
        assert not set(dependency) & set("<~!,;"), dependency

"""The house's table of who may import whom, and the walkers that read source code against it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGE = "minitorchcnn"

GROUND = {"arrays", "errors", "checks"}
FILES = {"atomicfile", "tensorfile"}
MATHS = GROUND | {"geometry", "ops", "parameter", "initializers", "filters"}
MODELS = MATHS | {"layers", "fusion", "parallel", "estimate", "shapewalk", "sequential"}
MODELS |= {"about", "chain"}
LOOP = {"optimizers", "objectives", "history", "finiteness", "preflight", "callbacks", "trainer"}
LOOP |= {"samples", "batches", "measuring", "run", "identity", "checkpoints", "interrupt"}
TOOLS = {"gradcheck", "serialization", "summary", "footprint", "forecast", "plots", "attribution"}
TOOLS |= {"conformance"}
EVERYTHING = MODELS | LOOP | TOOLS | FILES | {"doctor", "datasets", "augmentation"}

# Each room (a module or a folder of the package) and the rooms below it that it may know.
# A room may always import itself. "" is the public table, minitorchcnn/__init__.py.
FLOORS: dict[str, set[str]] = {
    "arrays": set(),
    "errors": set(),
    "checks": GROUND,
    "atomicfile": GROUND,
    "tensorfile": GROUND | {"atomicfile"},
    "geometry": GROUND,
    "ops": GROUND - {"checks"} | {"geometry"},
    "parameter": GROUND,
    "initializers": GROUND,
    "filters": GROUND,
    "layers": MATHS,
    "fusion": MATHS | {"layers"},
    "parallel": GROUND | {"ops"},
    "estimate": set(),
    "shapewalk": MATHS | {"layers"},
    "about": GROUND,
    "chain": MATHS | {"layers", "shapewalk"},
    "sequential": MATHS
    | {"about", "chain"}
    | {"layers", "fusion", "parallel", "estimate", "shapewalk"},
    "optimizers": GROUND | {"parameter"},
    "objectives": GROUND | {"ops"},
    "augmentation": GROUND,
    "history": GROUND | {"atomicfile"},
    "preflight": MODELS | {"objectives"},
    "finiteness": MODELS | {"optimizers"},
    "samples": MODELS | {"objectives", "preflight", "datasets"},
    "batches": MODELS | {"samples"},
    "measuring": MODELS | {"objectives", "optimizers", "finiteness"},
    "interrupt": set(),
    "run": GROUND | {"history", "callbacks"},
    "identity": MODELS | LOOP,
    "checkpoints": MODELS | LOOP | FILES,
    "callbacks": MODELS | LOOP | FILES,
    "doctor": MODELS | LOOP,
    "trainer": MODELS | LOOP,
    "datasets": GROUND,
    "gradcheck": MODELS | LOOP,
    "serialization": MODELS | FILES,
    "conformance": MATHS | {"layers"},
    "summary": MODELS,
    "footprint": MODELS,
    "forecast": MODELS | {"footprint"},
    "attribution": MODELS,
    "plots": MODELS | {"history", "attribution"},
    "data": set(),
    "": EVERYTHING,
    "cli": EVERYTHING | {"", "data", "experiments"},
    "__main__": {"cli"},
    # The public API only: no ops, no geometry, no layer files.
    "experiments": {"", "datasets", "filters", "plots"},
    "benchmarks": {"", "datasets", "filters", "plots", "experiments"},
}

# Methods that lend a convenience from a higher floor: imported inside the function only.
SHORTCUTS = {
    ("sequential", "summary"),
    ("sequential", "forecast"),
    ("sequential", "serialization"),
    ("sequential", "preflight"),
    ("history", "plots"),
}

# Rooms entered by one door: samples are split by class, and know nothing else of the data sets.
DOORS = {
    ("samples", "datasets"): "minitorchcnn.datasets.split",
    ("layers", "layers"): "minitorchcnn.layers.base",
}

PICKLES = {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
GENERATORS = {"Generator", "default_rng", "SeedSequence", "BitGenerator", "PCG64", "Philox"}
DTYPES = {"float16", "float32", "float64", "single", "double", "half", "longdouble"}
DTYPE_CODES = {"f2", "f4", "f8", "<f2", "<f4", "<f8"}


class Import(NamedTuple):
    """One imported module, and whether a function's body waits with importing it."""

    target: str
    line: int
    in_function: bool


def modules() -> dict[str, Path]:
    """Map every module's installed name to its file; folders beside the package included."""
    found = {}
    for folder, prefix in [
        ("minitorchcnn", PACKAGE),
        ("experiments", f"{PACKAGE}.experiments"),
        ("data", f"{PACKAGE}.data"),
        ("benchmarks", f"{PACKAGE}.benchmarks"),
    ]:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            found[".".join((prefix, *parts))] = path
    return found


def room(module: str) -> str:
    """Name the room of a module: 'minitorchcnn.layers.conv' lies in 'layers'."""
    return module.partition(".")[2].partition(".")[0]


def imports(source: str, known: set[str]) -> Iterator[Import]:
    """Yield what a file imports; `from a import b` is a.b where that is a module, else a."""

    def walk(node: ast.AST, in_function: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, in_function)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield Import(inner if inner in known else base, node.lineno, in_function)
        inside = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    return walk(ast.parse(source), False)


def floor_violations(module: str, source: str, known: set[str]) -> Iterator[str]:
    """Yield one message for each import that the table of floors does not allow."""
    here = room(module)
    if here not in FLOORS:
        yield f"{module}: give the room '{here}' a floor in tests/floors.py"
        return
    for found in imports(source, known):
        if found.target.startswith("."):
            yield f"{module}:{found.line}: relative import; name {PACKAGE} in full"
        if found.target.split(".")[0] != PACKAGE:
            continue
        there = room(found.target)
        shortcut = found.in_function and (here, there) in SHORTCUTS
        if there != here and there not in FLOORS[here] and not shortcut:
            yield f"{module}:{found.line}: '{here}' may not import {found.target}"
        door = DOORS.get((here, there), found.target)
        keeps_the_room = here == there and module == f"{PACKAGE}.{here}"
        if found.target != door and not keeps_the_room:
            yield f"{module}:{found.line}: from '{there}' it may import {door} only"


def rule_violations(module: str, source: str) -> Iterator[str]:
    """Yield one message for each construct that the house does not allow in shipped code."""
    for node in ast.walk(ast.parse(source)):
        for problem in (_danger(node), _global_random(node)):
            if problem:
                yield f"{module}:{node.lineno}: {problem}"
        if room(module) == "ops" and (problem := _dtype_literal(node)):
            yield f"{module}:{node.lineno}: {problem}; use the dtype that came in"


def _danger(node: ast.AST) -> str:
    """Name an assert, or what could run code that came with a file."""
    if isinstance(node, ast.Assert):
        return "assert; raise one of our errors"
    if isinstance(node, ast.Import | ast.ImportFrom):
        for name in _imported(node):
            if name.split(".")[0] in PICKLES:
                return f"{name} runs code from files"
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec", "compile"}:
            return f"{node.func.id}() runs text as code"
        for keyword in node.keywords:
            if keyword.arg == "allow_pickle" and getattr(keyword.value, "value", None) is not False:
                return "allow_pickle runs code from files"
    return ""


def _global_random(node: ast.AST) -> str:
    """Name a use of random state that belongs to nobody."""
    if isinstance(node, ast.Attribute):
        owner = ast.unparse(node.value)
        if owner in {"np.random", "numpy.random"} and node.attr not in GENERATORS:
            return f"{owner}.{node.attr} is global random state; take a Generator"
    if isinstance(node, ast.ImportFrom) and node.module == "numpy.random":
        for alias in node.names:
            if alias.name not in GENERATORS:
                return f"numpy.random.{alias.name} is global random state; take a Generator"
    if isinstance(node, ast.Import | ast.ImportFrom) and "random" in _imported(node):
        return "the random module is global random state; take a Generator"
    return ""


def _dtype_literal(node: ast.AST) -> str:
    """Name a floating-point dtype written into an operation."""
    if isinstance(node, ast.Attribute) and node.attr in DTYPES:
        return f"dtype literal {node.attr}"
    if isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if alias.name in DTYPES:
                return f"dtype literal {alias.name}"
    if isinstance(node, ast.Constant) and node.value in DTYPES | DTYPE_CODES:
        return f"dtype literal {node.value!r}"
    if isinstance(node, ast.Call):
        given = [k.value for k in node.keywords if k.arg == "dtype"]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "astype":
            given += node.args[:1]
        for value in given:
            if ast.unparse(value) in {"float", "'f'", "'d'"}:
                return f"dtype literal {ast.unparse(value)}"
    return ""


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """List the modules an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""]

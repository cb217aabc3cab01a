"""The house's table of who may import whom, and the walkers that read source code against it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGE = "minitorchcnn"

# A room is a module or a folder of the package, or a folder beside it; "" is the public table,
# minitorchcnn/__init__.py. A room sees itself and the rooms of all floors below its own.
FLOORS: list[list[str]] = [
    ["errors", "types", "validation", "geometry", "initializers", "storage", "report", "data"],
    ["ops", "filters", "datasets"],
    ["layers"],
    ["model", "optimizers"],
    ["training"],
    ["diagnostics", "plots"],
    ["", "laboratory"],
    ["cli", "__main__", "experiments", "benchmarks"],
]

# Neighbours on one floor that may be seen all the same.
NEIGHBOURS: dict[str, set[str]] = {
    "validation": {"errors", "types"},
    "geometry": {"errors", "types", "validation"},
    "initializers": {"errors", "types", "validation"},
    "storage": {"errors", "types", "validation"},
    "report": {"errors", "storage"},
    "datasets": set(),
    "laboratory": {""},
    "__main__": {"cli"},
    "experiments": {"cli"},
}

# Rooms that see less than all floors below.
ONLY: dict[str, set[str]] = {
    "ops": {"errors", "types", "geometry"},
    "optimizers": {"errors", "types", "validation", "layers"},
    # the public names only: no ops, no geometry, no layer files
    "laboratory": {"", "datasets", "filters", "plots", "report", "storage"},
    "experiments": {
        "",
        "datasets",
        "filters",
        "plots",
        "report",
        "storage",
        "validation",
        "laboratory",
        "cli",
    },
    "benchmarks": {"", "datasets", "filters", "plots", "report", "laboratory"},
}

# Methods that lend a convenience from a higher floor: imported inside the function, or for types.
SHORTCUTS = {("model", "training"), ("training", "plots")}

# Rooms entered by one door.
DOORS = {
    ("optimizers", "layers"): {"minitorchcnn.layers.parameter"},
    ("training", "datasets"): {"minitorchcnn.datasets.split"},
    ("layers", "layers"): {
        f"minitorchcnn.layers.{name}" for name in ("base", "declared", "parameter", "weighted")
    },
    ("experiments", "cli"): {"minitorchcnn.cli.arguments"},
}

PICKLES = {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
GENERATORS = {"Generator", "default_rng", "SeedSequence", "BitGenerator", "PCG64", "Philox"}
DTYPES = {"float16", "float32", "float64", "single", "double", "half", "longdouble"}
DTYPE_CODES = {"f2", "f4", "f8", "<f2", "<f4", "<f8"}


class Import(NamedTuple):
    """One imported module: whether a function waits for it, and whether only types need it."""

    target: str
    line: int
    in_function: bool
    for_types: bool


def modules() -> dict[str, Path]:
    """Map every module's installed name to its file; folders beside the package included."""
    found = {}
    for folder, prefix in [
        ("minitorchcnn", PACKAGE),
        ("data", f"{PACKAGE}.data"),
        ("experiments", "experiments"),
        ("benchmarks", "benchmarks"),
    ]:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            found[".".join((prefix, *parts))] = path
    return found


def room(module: str) -> str:
    """Name the room of a module: 'minitorchcnn.layers.conv' lies in 'layers'."""
    first, _, rest = module.partition(".")
    return rest.partition(".")[0] if first == PACKAGE else first


def floor(name: str) -> int:
    """Return the number of a room's floor, from 0."""
    return next(number for number, rooms in enumerate(FLOORS) if name in rooms)


def may_see(here: str, there: str) -> bool:
    """Whether a room may import another."""
    if there in NEIGHBOURS.get(here, set()):
        return True
    allowed = ONLY.get(here)
    return floor(there) < floor(here) and (allowed is None or there in allowed)


def imports(source: str, known: set[str]) -> Iterator[Import]:
    """Yield what a file imports; `from a import b` is a.b where that is a module, else a."""

    def walk(node: ast.AST, in_function: bool, for_types: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, in_function, for_types)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                target = inner if inner in known else base
                yield Import(target, node.lineno, in_function, for_types)
        in_function |= isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for_types |= isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.iter_child_nodes(node):
            yield from walk(child, in_function, for_types)

    return walk(ast.parse(source), in_function=False, for_types=False)


def floor_violations(module: str, source: str, known: set[str]) -> Iterator[str]:
    """Yield one message for each import that the table of floors does not allow."""
    here, rooms = room(module), {name for names in FLOORS for name in names}
    if here not in rooms:
        yield f"{module}: give the room '{here}' a floor in tests/floors.py"
        return
    for found in imports(source, known):
        if found.target.startswith("."):
            yield f"{module}:{found.line}: relative import; name {PACKAGE} in full"
        if found.target.split(".")[0] not in {PACKAGE, "experiments", "benchmarks"}:
            continue
        there = room(found.target)
        waits = found.in_function or found.for_types
        shortcut = waits and (here, there) in SHORTCUTS
        if there != here and not (there in rooms and may_see(here, there)) and not shortcut:
            yield f"{module}:{found.line}: '{here}' may not import {found.target}"
        doors = DOORS.get((here, there), {found.target})
        keeps_the_room = here == there and module == f"{PACKAGE}.{here}"
        if found.target not in doors and not keeps_the_room and not shortcut:
            yield f"{module}:{found.line}: from '{there}' it may import {sorted(doors)} only"
        if in_engine(module) and there == "ops" and not in_engine(found.target):
            yield f"{module}:{found.line}: the engine knows no operation, but {found.target}"


def in_engine(module: str) -> bool:
    """Whether a module belongs to what makes the operations fast."""
    return f"{module}.".startswith(f"{PACKAGE}.ops.engine.")


def circles(sources: dict[str, str]) -> list[list[str]]:
    """List the modules that import each other in a circle, function bodies included.

    Imports that only types need are none, and the listed shortcuts are left out.
    """
    known = set(sources)
    graph: dict[str, set[str]] = {}
    for module, source in sources.items():
        graph[module] = {
            found.target
            for found in imports(source, known)
            if found.target in known
            and found.target != module
            and not found.for_types
            and not (found.in_function and (room(module), room(found.target)) in SHORTCUTS)
        }
    reached = {module: _reachable(graph, module) for module in graph}
    found = {
        tuple(sorted(other for other in reached[module] if module in reached[other]))
        for module in graph
        if module in reached[module]
    }
    return sorted(map(list, found))


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    """Return every module that can be reached from one, itself only by a circle."""
    seen: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        module = ahead.pop()
        if module not in seen:
            seen.add(module)
            ahead += graph[module]
    return seen


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

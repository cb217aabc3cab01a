"""The mistakes that are planted: those of arithmetic, and those that convolutions are prone to."""

import ast
from collections.abc import Iterator
from itertools import pairwise

from tests.mutation.source import Edit, Source

ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "//"),
    ast.Pow: ("**", "*"),
    ast.MatMult: ("@", "@"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "|"),
}
ORDERED = (ast.Sub, ast.Div, ast.FloorDiv, ast.MatMult, ast.Mod)
COMPARISONS: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
}
# Functions that do not care which argument comes first.
COMMUTATIVE = {"min", "max", "minimum", "maximum", "multiply"}
MODULES = {"np", "math", "threading"}
# Names taken for one another; each way round where both are listed.
NAMES = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "maximum": "minimum",
    "minimum": "maximum",
    "zeros": "ones",
    "zeros_like": "ones_like",
    "ones": "zeros",
    "sum": "mean",
    "mean": "sum",
    "var": "std",
    "log1p": "log",
    "first": "last",
    "last": "first",
    "start": "stop",
    "stop": "start",
    "row": "column",
    "column": "row",
    "inputs": "outputs",
    "outputs": "inputs",
    "input_size": "output_size",
    "output_size": "input_size",
    "kernel_size": "stride",
    "stride": "kernel_size",
    "dilation": "stride",
}


def edits(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Yield every mistake that can be made at one syntax node."""
    maker = _MAKERS.get(type(node))
    if maker is not None:
        yield from maker(node, source)


def _arithmetic(node: ast.BinOp, source: Source) -> Iterator[Edit]:
    old, new = ARITHMETIC[type(node.op)]
    left, right = source.text(node.left), source.text(node.right)
    if old != new:
        yield source.operator(node.left, node.right, old, new)
    yield source.replace(node, f"({left})")
    yield source.replace(node, f"({right})")
    if isinstance(node.op, ORDERED):
        yield source.replace(node, f"(({right}) {old} ({left}))")


def _in_place(node: ast.AugAssign, source: Source) -> Iterator[Edit]:
    old, new = ARITHMETIC[type(node.op)]
    yield source.operator(node.target, node.value, f"{old}=", "=")
    yield source.operator(node.target, node.value, f"{old}=", f"{new}=")
    yield source.replace(node, "pass")


def _comparison(node: ast.Compare, source: Source) -> Iterator[Edit]:
    for (left, right), op in zip(pairwise([node.left, *node.comparators]), node.ops, strict=True):
        old, others = COMPARISONS[type(op)]
        for new in others:
            yield source.operator(left, right, old, new)


def _logic(node: ast.BoolOp, source: Source) -> Iterator[Edit]:
    old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    for left, right in pairwise(node.values):
        yield source.operator(left, right, old, new)
        yield Edit(source.start(left), source.start(right), "")
    yield Edit(source.stop(node.values[-2]), source.stop(node.values[-1]), "")


def _sign(node: ast.UnaryOp, source: Source) -> Iterator[Edit]:
    yield source.replace(node, f"({source.text(node.operand)})")


def _constant(node: ast.Constant, source: Source) -> Iterator[Edit]:
    if isinstance(node.value, bool):
        yield source.replace(node, str(not node.value))
    elif isinstance(node.value, int):
        yield source.replace(node, str(node.value + 1))
        yield source.replace(node, f"({node.value - 1})")


def _entries(node: ast.Tuple | ast.List, source: Source) -> Iterator[Edit]:
    for one, other in pairwise(node.elts):
        yield source.swap(one, other)


def _call(node: ast.Call, source: Source) -> Iterator[Edit]:
    if source.text(node.func).rpartition(".")[2] not in COMMUTATIVE:
        for one, other in pairwise(node.args):
            yield source.swap(one, other)
    inner = node.args[0] if node.args else None
    if isinstance(node.func, ast.Attribute) and source.text(node.func.value) not in MODULES:
        inner = node.func.value
    if inner is not None:  # as if nothing were called
        yield source.replace(node, f"({source.text(inner)})")
    for keyword in node.keywords:
        if keyword.arg != "strict":  # a guard against mistakes, of which there is one already
            bracket = source.data.index(b"(", source.stop(node.func))
            comma = source.data.rfind(b",", bracket, source.start(keyword))
            yield Edit(max(comma, bracket + 1), source.stop(keyword), "")


def _attribute(node: ast.Attribute, source: Source) -> Iterator[Edit]:
    if node.attr in NAMES:
        stop = source.stop(node)
        yield Edit(stop - len(node.attr), stop, NAMES[node.attr])


def _name(node: ast.Name, source: Source) -> Iterator[Edit]:
    if node.id in {"min", "max", "any", "all"}:
        yield source.replace(node, NAMES[node.id])


def _slice(node: ast.Slice, source: Source) -> Iterator[Edit]:
    for bound, shift in [(node.lower, "+ 1"), (node.upper, "- 1"), (node.step, None)]:
        if bound is None:
            continue
        yield source.replace(bound, "")
        if shift and not isinstance(bound, ast.Constant):
            yield source.replace(bound, f"{source.text(bound)} {shift}")


def _condition(node: ast.If | ast.While, source: Source) -> Iterator[Edit]:
    if not isinstance(node.test, ast.Compare):
        yield source.replace(node.test, f"not ({source.text(node.test)})")


def _choice(node: ast.IfExp, source: Source) -> Iterator[Edit]:
    yield source.replace(node, f"({source.text(node.body)})")
    yield source.replace(node, f"({source.text(node.orelse)})")


def _statement(node: ast.Expr | ast.Raise, source: Source) -> Iterator[Edit]:
    yield source.replace(node, "pass")


def _assignment(node: ast.Assign, source: Source) -> Iterator[Edit]:
    if isinstance(node.targets[0], ast.Subscript):
        yield source.replace(node, "pass")


def _early_return(node: ast.Return, source: Source) -> Iterator[Edit]:
    if node.value is None:
        yield source.replace(node, "pass")


_MAKERS = {
    ast.BinOp: _arithmetic,
    ast.AugAssign: _in_place,
    ast.Compare: _comparison,
    ast.BoolOp: _logic,
    ast.UnaryOp: _sign,
    ast.Constant: _constant,
    ast.Tuple: _entries,
    ast.List: _entries,
    ast.Call: _call,
    ast.Attribute: _attribute,
    ast.Name: _name,
    ast.Slice: _slice,
    ast.If: _condition,
    ast.While: _condition,
    ast.IfExp: _choice,
    ast.Expr: _statement,
    ast.Raise: _statement,
    ast.Assign: _assignment,
    ast.Return: _early_return,
}

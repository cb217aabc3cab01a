"""Keeps the books of a judge, so that what was left out is printed beside what has passed.

A judge that quietly skips most of its cases looks like a judge that found no fault. Every case
is therefore either passed, failed, or inexpressible for a reason that is listed.
"""

import textwrap
from collections import defaultdict
from contextlib import contextmanager

NAMES_IN_FULL = 12  # longer lists of cases are cut: there are hundreds of "no batch axis"


class InexpressibleError(Exception):
    """Our options cannot say what the case asks for; the text is the reason."""


class Tally:
    """Verdicts by operation.

    Attributes
    ----------
    passed : dict of str to list of str
        Operation to the names of its cases that passed.
    failed : dict of str to list of (str, Exception)
        Operation to its cases that failed.
    left_out : dict of str to dict of str to list of str
        Operation to reasons to the cases that are not expressible.
    """

    def __init__(self):
        self.passed = defaultdict(list)
        self.failed = defaultdict(list)
        self.left_out = defaultdict(lambda: defaultdict(list))

    @contextmanager
    def case(self, operation, name):
        """Judge one case by what its block raises: nothing, `InexpressibleError` or another."""
        try:
            yield
        except InexpressibleError as reason:
            self.left_out[operation][str(reason)].append(name)
        except Exception as error:
            self.failed[operation].append((name, error))
        else:
            self.passed[operation].append(name)

    def operations(self):
        """Return all operations seen, sorted."""
        return sorted({*self.passed, *self.failed, *self.left_out})

    def expressible(self, operation):
        """Return how many cases of an operation could be put to our layers."""
        return len(self.passed[operation]) + len(self.failed[operation])

    def counts(self, operations, what):
        """Return the sentence "N of M `what` expressible, N passed" over some operations."""
        told = sum(self.expressible(operation) for operation in operations)
        passed = sum(len(self.passed[operation]) for operation in operations)
        reasons = [self.left_out[operation].values() for operation in operations]
        every = told + sum(len(names) for groups in reasons for names in groups)
        return f"{told} of {every} {what} expressible, {passed} passed"

    def report(self, title, what):
        """Return the whole account: a line per operation, its reasons, and the total."""
        lines = ["", title, "=" * len(title)]
        for operation in self.operations():
            lines.append(f"{operation}: {self.counts([operation], what)}")
            for reason, names in sorted(self.left_out[operation].items()):
                lines.append(_wrapped(f"{len(names)} not expressible, {reason}: {_told(names)}"))
            lines += [_wrapped(f"FAILED {name}: {error}") for name, error in self.failed[operation]]
        lines.append(f"Total: {self.counts(self.operations(), what)}")
        return "\n".join(lines)

    def check(self, least):
        """Raise AssertionError if a case failed, or fewer were expressible than `least` says.

        Parameters
        ----------
        least : dict of str to int
            Operation to the number of cases that were expressible once.
        """
        failed = {op: cases for op, cases in self.failed.items() if cases}
        assert not failed, f"cases failed: {failed}"
        fewer = {op: self.expressible(op) for op, n in least.items() if self.expressible(op) < n}
        assert not fewer, f"fewer cases were expressible than before: {fewer}, expected {least}"


def _told(names):
    if len(names) <= NAMES_IN_FULL:
        return ", ".join(names)
    return f"{', '.join(names[:3])} and {len(names) - 3} more"


def _wrapped(text):
    return textwrap.fill(text, 100, initial_indent="    ", subsequent_indent="        ")

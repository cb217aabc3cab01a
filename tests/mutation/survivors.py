"""The book of survivors: which mutants no test can see, and why that is no gap in the tests.

SURVIVORS.md is read and written here. A survivor keeps its argument as long as its line of code
stays as it is; a new one is put under "Not argued", and makes the run fail until somebody writes a
test that kills it or moves it under an argument.
"""

from pathlib import Path

BOOK = Path(__file__).parent / "SURVIVORS.md"
NOT_ARGUED = "Not argued"

Arguments = dict[str, list[str]]


def read(path: Path = BOOK) -> Arguments:
    """Return the mutants' names under each argument."""
    arguments: Arguments = {}
    heading = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith("- "):
            arguments.setdefault(heading, []).append(line.removeprefix("- "))
    return arguments


def sort_out(survivors: list[str], arguments: Arguments) -> Arguments:
    """Return the survivors under the arguments they had, and the new ones as not argued."""
    alive, kept = set(survivors), {}
    for argument, names in arguments.items():
        if argument != NOT_ARGUED:
            kept[argument] = [name for name in names if name in alive]
    argued = {name for names in kept.values() for name in names}
    kept[NOT_ARGUED] = [name for name in survivors if name not in argued]
    return {argument: names for argument, names in kept.items() if names}


def write(summary: str, arguments: Arguments, path: Path = BOOK) -> None:
    """Write the book anew."""
    lines = [
        "# Survivors",
        "",
        summary,
        "",
        "Written by `make mutants`. A heading is the argument for the mutants below it: equivalent",
        "ones compute the same, those of speed compute the same in other pieces. Not mutated are",
        "the measured sizes `TILE_BYTES`, `SHALLOW` and `WORTHWHILE` (tests move them about), the",
        "functions of `PROCESS_WIDE` in tests/mutation/mutants.py, and the texts of messages",
        "(tests match them).",
    ]
    for argument, names in arguments.items():
        lines += ["", f"## {argument}", "", *(f"- {name}" for name in names)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")

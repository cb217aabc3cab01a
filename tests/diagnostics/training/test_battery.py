"""Every sabotaged run is diagnosed, and healthy training is left in peace."""

import warnings

import pytest

from minitorchcnn import DataWarning
from tests.diagnostics.training.runs import HEALTHY, SABOTAGED, examined


def findings(run):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # what fit says of the data itself
        return [finding.kind for finding in examined(run).findings]


def test_runs_have_names_of_their_own():
    names = [run.name for run in (*SABOTAGED, *HEALTHY)]
    assert len(names) == len(set(names))


def test_all_sabotaged_and_no_healthy_runs_are_diagnosed(capsys):
    missed = [(run.name, found) for run in SABOTAGED if (found := findings(run)) != [run.finding]]
    disturbed = [(run.name, found) for run in HEALTHY if (found := findings(run))]
    with capsys.disabled():
        print(
            f"\n{len(SABOTAGED) - len(missed)} of {len(SABOTAGED)} sabotaged runs diagnosed, "
            f"{len(disturbed)} of {len(HEALTHY)} healthy runs disturbed"
        )
    assert missed == []
    assert disturbed == []
    assert len(SABOTAGED) >= 12
    assert len(HEALTHY) >= 20


@pytest.mark.parametrize("kind", sorted({run.finding for run in SABOTAGED}))
def test_a_healthy_run_hides_no_deaf_rule(kind):
    """A rule that never fires would pass the healthy runs: each has a run that it must find."""
    assert any(run.finding == kind for run in SABOTAGED)


def test_every_kind_has_a_sabotaged_run():
    from minitorchcnn.diagnostics.training.symptoms import SYMPTOMS

    assert {symptom.kind for symptom in SYMPTOMS} == {run.finding for run in SABOTAGED}

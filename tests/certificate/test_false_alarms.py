"""Right networks are never accused, however many kinks, ties and zeros they stand on.

The everyday run looks at some of them; `CERTIFICATE_NETWORKS=1000` (as `make judges` does) at more.
"""

import os
from collections import Counter

from minitorchcnn import check_gradients
from tests.certificate.networks import random_case

NETWORKS = int(os.environ.get("CERTIFICATE_NETWORKS", "40"))


def test_no_false_alarm(capsys):
    kinds, looks, alarms = Counter(), Counter(), []
    frozen = losses = 0
    for seed in range(NETWORKS):
        case = random_case(seed)
        kinds.update({type(layer).__name__ for layer in case.model.layers})
        looks[case.look] += 1
        frozen += any(p.trainable is not True for p in case.model.parameters())
        losses += case.labels is not None
        report = check_gradients(
            case.model, case.x, case.labels, seed=seed, loss=case.loss, max_elements=8
        )
        if not report.passed:
            alarms.append(f"seed {seed}, {case.look}: {case.model}\n{report}")
    with capsys.disabled():
        print(f"\nright networks: {len(alarms)} false alarms in {NETWORKS}")
    assert not alarms, "\n".join(alarms)
    assert len(kinds) == 12
    assert len(looks) == 10
    assert min(frozen, losses, *kinds.values(), *looks.values()) >= 3 * NETWORKS // 120

"""The Doctor callback: when it looks at training and speaks, and which cause explains which."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from minitorchcnn.diagnostics.training.context import DiagnosisContext
from minitorchcnn.diagnostics.training.evidence import EpochEvidence, Watch
from minitorchcnn.diagnostics.training.symptoms import AT_ONCE, SYMPTOMS, Symptom
from minitorchcnn.training.callbacks import Callback, Record
from minitorchcnn.types import Array
from minitorchcnn.validation import flag, integer

if TYPE_CHECKING:
    from minitorchcnn.training.trainer import Trainer


@dataclass(frozen=True)
class Finding:
    """One thing that goes wrong in training.

    Attributes
    ----------
    kind : str
        Its name; the table is in `Doctor`.
    epoch : int
        When it was found, from 1.
    message : str
        What was seen, and one thing to try.
    """

    kind: str
    epoch: int
    message: str

    def __str__(self) -> str:
        return f"doctor, epoch {self.epoch}: {self.message}"


class Doctor(Callback):
    """Watch training; say in one sentence what goes wrong and in another what to try.

    What is certain is said at once, the rest when it has lasted `patience` epochs or when `fit`
    ends. Of several findings that one cause explains only the cause is told.

    Parameters
    ----------
    patience : int
        Epochs in a row that show the same before it counts.
    quiet : bool
        Do not print findings to stderr, only keep them.

    Attributes
    ----------
    findings : list of Finding
        Those of the last `fit`, in the order they were found; empty if all is well.

    Raises
    ------
    ArgumentError
        If an option is out of range.

    Notes
    -----
    Kinds of findings: "input_scale", "one_class" (all labels the same), "unshuffled" (batches
    that hold one class only), "frozen" (nothing is trained), "exploding" and "vanishing"
    (gradients), "large_updates" and "small_updates", "dead" (filters that never answer),
    "unrelated_labels", "drift" (of training from validation), "one_answer" (for everything),
    "stuck" (at the loss of guessing). Nothing is changed, no random number is drawn: training
    gives the same bits with and without a doctor.

    Examples
    --------
    >>> from minitorchcnn import SGD, Dense, Flatten, Sequential, Trainer, datasets
    >>> x, y = datasets.handwriting()
    >>> model = Sequential([Flatten(), Dense(10, trainable=False)], input_shape=(1, 8, 8))
    >>> doctor = Doctor(quiet=True)
    >>> history = Trainer(model, SGD(0.1)).fit(x, y, epochs=1, callbacks=[doctor], progress=False)
    >>> print(doctor.findings[0].message)
    Nothing is trained: all parameters are frozen. Try model.layers[1].trainable = True.
    """

    def __init__(self, patience: int = 3, quiet: bool = False) -> None:
        self.patience = integer(patience, "Doctor: patience", minimum=1)
        self.quiet = flag(quiet, "Doctor: quiet")
        self.findings: list[Finding] = []
        self._epochs: list[EpochEvidence] = []
        self._lasting: dict[str, int] = {}
        self._watch: Watch | None = None

    def on_fit_start(self, trainer: Trainer) -> None:
        """Start anew."""
        self.findings, self._epochs, self._lasting = [], [], {}

    def on_epoch_start(self, trainer: Trainer, epoch: int) -> None:
        """Remember the weights."""
        for old in self._epochs:
            old.x.clear()
        evidence = EpochEvidence(epoch, trainer.optimizer.current_learning_rate)
        self._epochs.append(evidence)
        self._watch = Watch(trainer.model, evidence)

    def on_step_end(self, trainer: Trainer, x: Array, targets: Array, loss: float) -> None:
        """Measure some of the updates."""
        if self._watch is not None and self._watch.step(x, targets):
            self._look(trainer, AT_ONCE)

    def on_epoch_end(self, trainer: Trainer, epoch: int, record: Record) -> None:
        """Weigh the evidence of the epoch."""
        if self._watch is not None:
            self._watch.finish()
            self._epochs[-1].record = record
            self._look(trainer, SYMPTOMS)

    def on_fit_end(self, trainer: Trainer) -> None:
        """Say what a short training leaves unsaid."""
        if self._epochs:
            self._look(trainer, SYMPTOMS, ending=True)
        self._watch = None

    def _look(
        self, trainer: Trainer, symptoms: tuple[Symptom, ...], *, ending: bool = False
    ) -> None:
        """Ask for every symptom, causes first, and tell what is not explained already."""
        context = DiagnosisContext(trainer, self._epochs)
        for symptom in symptoms:
            told = {finding.kind for finding in self.findings}
            if told & {symptom.kind, *symptom.hidden_by}:
                continue
            message = symptom.rule(context)
            if not ending:
                lasting = self._lasting.get(symptom.kind, 0)
                self._lasting[symptom.kind] = lasting + 1 if message else 0
            needed = 1 if symptom.certain or ending else self.patience
            if message and (ending or self._lasting[symptom.kind] >= needed):
                self._tell(Finding(symptom.kind, context.now.epoch, message))

    def _tell(self, finding: Finding) -> None:
        self.findings.append(finding)
        if not self.quiet:
            from tqdm import tqdm

            tqdm.write(str(finding), file=sys.stderr)  # above the progress bar, not into it

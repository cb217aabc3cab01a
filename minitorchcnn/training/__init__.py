"""The training loop and everything it needs: data, state, evaluation, checkpoints, callbacks."""

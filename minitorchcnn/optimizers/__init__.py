"""How gradients change parameters: update rules and learning-rate schedules."""

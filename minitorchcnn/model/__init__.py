"""The model: a chain of layers, its shapes, cost, files and what can be asked of it."""

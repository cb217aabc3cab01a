"""Known mistakes of hand-written layers, each recomputed by naive loops."""

"""The same networks in this library and in PyTorch, drawn at random."""

"""Fashion-MNIST at full size, beside PyTorch."""

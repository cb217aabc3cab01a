"""Checks for users: numeric gradients, a layer of one's own, a training that goes wrong."""

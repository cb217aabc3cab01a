"""Thin objects over the operations: hyper-parameters, parameters, and what forward kept."""

from minitorchcnn.layers.activation import Dropout, LeakyReLU, ReLU, Sigmoid, Tanh
from minitorchcnn.layers.base import Layer
from minitorchcnn.layers.conv import Conv2D
from minitorchcnn.layers.dense import Dense, Flatten
from minitorchcnn.layers.normalization import BatchNorm
from minitorchcnn.layers.pooling import AvgPool, GlobalAvgPool, MaxPool

__all__ = [
    "AvgPool",
    "BatchNorm",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAvgPool",
    "Layer",
    "LeakyReLU",
    "MaxPool",
    "ReLU",
    "Sigmoid",
    "Tanh",
]

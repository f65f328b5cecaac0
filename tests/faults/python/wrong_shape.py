# operator: tanh
# expect: wrong_shape
# about: Returns another shape.
import torch


def candidate(x):
    return torch.tanh(x)[1:].clone()

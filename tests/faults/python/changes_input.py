# operator: tanh
# expect: input_modified
# about: Writes to its input.
import torch


def candidate(x):
    x[0] = 7.0
    return torch.tanh(x)

# operator: tanh
# expect: wrong_dtype
# about: Returns another dtype.
import torch


def candidate(x):
    return torch.tanh(x).double()

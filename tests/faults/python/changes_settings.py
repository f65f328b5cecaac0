# operator: tanh
# expect: changed_globals
# about: Changes what all operators share.
import torch


def candidate(x):
    torch.set_default_dtype(torch.float64)
    return torch.tanh(x)

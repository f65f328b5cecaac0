# operator: tanh
# expect: exited
# about: Calls sys.exit().
import torch
import sys


def candidate(x):
    sys.exit(0)
    return torch.tanh(x)

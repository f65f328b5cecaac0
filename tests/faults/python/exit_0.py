# operator: tanh
# expect: crashed
# says: exit code 0
# about: Ends the process, and says that all is well.
import torch
import os


def candidate(x):
    os._exit(0)
    return torch.tanh(x)

# operator: tanh
# expect: changed_globals
# about: Changes the working folder.
import torch
import os


def candidate(x):
    os.chdir("/")
    return torch.tanh(x)

# operator: tanh
# expect: changed_globals
# about: Changes the environment.
import torch
import os


def candidate(x):
    os.environ["OMP_NUM_THREADS"] = "1"
    return torch.tanh(x)

# operator: tanh
# expect: wrong
# about: Another answer in each call.
import torch


def candidate(x):
    return torch.rand_like(x)

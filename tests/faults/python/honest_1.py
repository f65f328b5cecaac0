# operator: tanh
# expect: ok
# honest: yes
# about: Nothing is wrong with it.
import torch


def candidate(x):
    return torch.tanh(x)

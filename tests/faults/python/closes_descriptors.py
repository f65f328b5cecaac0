# operator: tanh
# expect: forged|crashed
# about: Closes every descriptor of its process.
import torch
import os


def candidate(x):
    os.closerange(0, 256)
    return torch.tanh(x)

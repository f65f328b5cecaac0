# operator: tanh
# expect: out_of_bounds|crashed
# about: Writes after its input, through ctypes.
import torch
import ctypes


def candidate(x):
    ctypes.memset(x.data_ptr() + 4 * x.numel(), 1, 64)
    return torch.tanh(x)

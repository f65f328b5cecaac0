# operator: tanh
# expect: crashed
# says: signal 11
# about: Reads address 0.
import torch
import ctypes


def candidate(x):
    ctypes.string_at(0)
    return torch.tanh(x)

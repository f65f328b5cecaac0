# operator: tanh
# long: yes
# expect: crashed
# says: signal 6
# about: Calls abort().
import torch
import os


def candidate(x):
    os.abort()
    return torch.tanh(x)

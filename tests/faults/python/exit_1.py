# operator: tanh
# long: yes
# expect: crashed
# says: exit code 1
# about: Ends the process.
import torch
import os


def candidate(x):
    os._exit(1)
    return torch.tanh(x)

# operator: tanh
# long: yes
# expect: timeout
# about: Never ends.
import torch


def candidate(x):
    while True:
        pass
    return torch.tanh(x)

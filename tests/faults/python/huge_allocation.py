# operator: tanh
# long: yes
# expect: out_of_memory|raised
# about: Asks for more memory than there is.
import torch


def candidate(x):
    torch.empty(1 << 50)
    return torch.tanh(x)

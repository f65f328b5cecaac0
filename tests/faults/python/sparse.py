# operator: tanh
# expect: wrong_layout
# about: Returns a sparse tensor.
import torch


def candidate(x):
    return torch.tanh(x).to_sparse()

# operator: tanh
# expect: syntax_error
# about: Is no Python.
import torch

def candidate(x)
    return torch.tanh(x)

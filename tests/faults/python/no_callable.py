# operator: tanh
# expect: no_callable
# about: Does not define the operator.
import torch

def another(x):
    return torch.tanh(x)

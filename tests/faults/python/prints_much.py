# operator: tanh
# expect: too_much_output
# about: Prints without an end.
import torch


def candidate(x):
    while True:
        print("a line of some fifty characters, and nobody reads it")
    return torch.tanh(x)

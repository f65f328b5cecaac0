# operator: tanh
# expect: import_failed
# about: Imports what is not there.
import torch

import no_such_module_at_all


def candidate(x):
    return torch.tanh(x)

# operator: tanh
# long: yes
# expect: crashed|changed_globals|raised
# about: Sends itself SIGTERM.
import torch
import os
import signal


def candidate(x):
    os.kill(os.getpid(), signal.SIGTERM)
    return torch.tanh(x)

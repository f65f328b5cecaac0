# operator: tanh
# long: yes
# expect: crashed
# says: signal 9
# about: Kills its process group.
import torch
import os
import signal


def candidate(x):
    os.killpg(0, signal.SIGKILL)
    return torch.tanh(x)

# operator: tanh
# expect: ok|crashed|forged
# about: Leaves processes behind, one of them in a session of its own.
import torch
import os
import time

made = False


def candidate(x):
    global made
    if not made and os.fork() == 0:
        os.setsid()
        os.fork()
        time.sleep(1e6)
    made = True
    return torch.tanh(x)

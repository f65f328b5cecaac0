# The sanitizers are for this process, not for the compilers that it starts.
import os

os.environ.pop("LD_PRELOAD", None)

import hashlib
import os


class CompiledKernel:
    def __init__(self, text):
        self.hash = hashlib.sha256(text.encode()).hexdigest()
        with open(os.path.join(os.environ["TRITON_CACHE_DIR"], self.hash), "w") as file:
            file.write(text)

    def __getitem__(self, grid):
        raise RuntimeError("a compiled kernel was loaded to be launched")

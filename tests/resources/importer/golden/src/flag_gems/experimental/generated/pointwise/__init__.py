# A comment that stays.
from .abs import abs  # by hand
from .ge__Scalar import ge__Scalar
from .gelu import gelu
from .zeta import zeta

__all__ = [
    "abs",  # first
    "ge__Scalar",
    "gelu",
    "zeta",
]

# Another one.

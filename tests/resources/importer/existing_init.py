# A comment that stays.
from .abs import abs  # by hand
from .zeta import zeta

__all__ = [
    "abs",  # first
    "zeta",
]

# Another one.

"""Operators that were generated and measured."""

from . import blas, pointwise, reduction

__all__ = ["blas", "pointwise", "reduction"]

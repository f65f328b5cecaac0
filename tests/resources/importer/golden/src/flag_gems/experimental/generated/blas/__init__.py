"""Experimental linear algebra operators."""

__all__ = []

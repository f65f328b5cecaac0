"""Operators on trial; nothing here is registered."""

"""The Python half of bench's provider ``python``.

Two jobs, in the user's own interpreter (its torch, its Triton, its FlagGems):

* ``python -m bench_python describe`` turns operator data into operator descriptions and a suite,
  in the formats of docs/formats.md. See describe.py.
* ``bench_python.runtime.Runtime`` runs what was described: bench's C code drives it through the
  callbacks of hooks.py and keeps the events, the order, the clock and the comparison.

Needs Python 3.9 or newer. torch is imported only where something needs it. README.md, beside this
package, defines the formats and the interface.
"""

__all__ = ["INTERFACE_VERSION"]

# Raised whenever hooks.py's structure or the meaning of a description's "python" key changes.
INTERFACE_VERSION = 3

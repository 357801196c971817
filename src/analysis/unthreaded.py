"""Loaded first by the fork server of the kernels: keeps out polars, which statsmodels imports wherever it is installed.

Its threads would not outlive a fork, and a kernel that used it would hang. Kernels import it themselves.
"""

import sys

sys.modules["polars"] = None  # type: ignore[assignment]

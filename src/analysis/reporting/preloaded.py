"""What the fork server of the kernels has loaded: the project and what its notebooks import.

Not among it is `matplotlib_inline.backend_inline`: loaded before there is a kernel, it never shows a figure.
"""

import gc
import pkgutil
from importlib import import_module

import analysis

KERNEL = ["ipykernel.debugger", "ipykernel.ipkernel", "ipykernel.kernelapp", "ipykernel.zmqshell"]
FIGURES = ["matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "matplotlib.pyplot"]
PICTURES = [f"PIL.{kind}ImagePlugin" for kind in ("Bmp", "Gif", "Jpeg", "Png", "Ppm")]
"""What Pillow loads when it writes its first picture."""
PROJECT = [module.name for module in pkgutil.walk_packages(analysis.__path__, "analysis.")]

for name in KERNEL + FIGURES + PICTURES + PROJECT:
    if not name.endswith("__main__"):
        import_module(name)
gc.freeze()

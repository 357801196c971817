"""What the fork server of the kernels has loaded: the project, what its notebooks import, words, templates and faces of fonts.

Not among it are `matplotlib_inline.backend_inline`, which never shows a figure where it was loaded before there is a kernel,
and open fonts: forks would read one file from a place that they share.
"""

import gc
import pkgutil
import sys
from importlib import import_module

import analysis
from analysis.catalogue import entries
from analysis.reporting import figures
from analysis.reporting.figures import fonts
from analysis.reporting.tables import template, templates

KERNEL = ["ipykernel.debugger", "ipykernel.ipkernel", "ipykernel.kernelapp", "ipykernel.zmqshell"]
FIGURES = ["matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "matplotlib.pyplot"]
PICTURES = [f"PIL.{kind}ImagePlugin" for kind in ("Bmp", "Gif", "Jpeg", "Png", "Ppm")]
"""What Pillow loads when it writes its first picture."""
PROJECT = [module.name for module in pkgutil.walk_packages(analysis.__path__, "analysis.")]

for name in KERNEL + FIGURES + PICTURES + PROJECT:
    if not name.endswith("__main__"):
        import_module(name)
for file in ("levels", "measures", "sentences", "tables", "words"):
    entries(file)
with figures.house_style():
    fonts.drawable("")
fonts.subset(" ")
for name in templates().list_templates(extensions=["html"]):
    template(name)
del sys.modules["polars"]  # kept out by analysis.unthreaded
gc.freeze()

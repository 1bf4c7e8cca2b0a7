"""Set what must be set before NEURON is imported and what child processes inherit."""

import os
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)

os.environ["NEURON_MODULE_OPTIONS"] = "-nogui"  # a display that cannot be reached would end the process
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH")]))

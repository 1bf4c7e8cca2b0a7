"""Tune the cell's biophysics to the battery: ``python -m cellmodel.tuning patch``."""

"""Fit the plasticity rule to what protocols do, on spine calcium that was recorded once in the cell."""

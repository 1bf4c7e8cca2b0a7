"""What the rig costs: the cell, slice experiments, batches, and cost against the amount of work."""

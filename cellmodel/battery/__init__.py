"""The battery: published tests of a CA1 pyramidal cell, each with its experiment's mean and SD."""

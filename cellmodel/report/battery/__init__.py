"""Figures and page of the battery: the model beside the experiment's mean and SD."""

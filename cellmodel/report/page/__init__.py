"""The parts of a page: the document around it, its figures, the dose explorer, the methods text."""

"""How long things take and how much they need, beside what was asked: ``python -m cellmodel.bench``.

A case measures and yields `figure.Figure`s; `cases` lists all of them, and a new one is added there. Nothing
is imported here: numpy asks once, when it is imported, how many threads it may have.
"""

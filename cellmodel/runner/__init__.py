"""Many independent pieces of work on one machine or many, their results in the order of the work.

`runner.Runner` gives jobs to the processes of one machine (`processes`) or the ranks of an MPI run (`ranks`),
and keeps finished ones in the output folder (`kept`). Nothing is imported here, so that --help is instant.
"""

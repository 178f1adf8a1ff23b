"""The helpers that the notebooks of After Hanoi share, one room a job.

Data passes through the rooms in this order and never runs back up:
``evidence`` → ``opinion``, ``positions``, ``activity``, ``chronicle`` → ``figures`` and ``numbers`` → the notebooks →
``pages`` (with ``bibliography``). ``run`` executes the notebooks on the way.
"""

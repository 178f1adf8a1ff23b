"""What the notebooks of After Hanoi share, one room a job.

Data passes through the rooms in this order and never runs back up:
``evidence`` → ``opinion``, ``positions``, ``activity``, ``chronicle`` → ``charts`` and ``numbers`` → the notebooks →
``pages``. ``build`` runs the notebooks on the way and publishes the book.
"""

import sys

# jsonschema imports, where it finds it, a grammar of international addresses that takes seconds to compile and that
# nothing here asks for; told that it is missing, it leaves that one format unchecked.
sys.modules.setdefault("rfc3987_syntax", None)

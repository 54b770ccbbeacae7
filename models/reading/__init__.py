"""Programs that others have written, read and never run.

``read_program`` makes a ``Reading`` of a text: the ``Experiment`` that the program is, where each
setting stands, what was assumed, what was not read, and the mistakes that reading alone can see.
"""

from models.reading.program import read_program
from models.reading.reading import Assumed, Found, Mistake, Reading, Refusal, Unread

__all__ = ["Assumed", "Found", "Mistake", "Reading", "Refusal", "Unread", "read_program"]

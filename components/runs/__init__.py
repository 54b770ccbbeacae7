"""The cached trainer: sessions ask it for a run, one worker trains, everybody sees the result.

``Job`` is one pass over experiments, shared between sessions and known by everything but its number
of steps; ``watching`` says who looks at which job, ``policy`` which job is trained next and which
is dropped, ``shared`` puts them together with the worker, ``polling`` is how a page asks. The
worker never calls Streamlit, and a session never trains.
"""

from components.runs.job import Job, Progress
from components.runs.polling import Handed
from components.runs.shared import Runs, Visit, shared_runs

__all__ = ["Handed", "Job", "Progress", "Runs", "Visit", "shared_runs"]

"""What a visitor takes away: programs, data, pictures, an animation, a report.

Each is made only when it is asked for, from runs that have ended, and needs nothing of this lab to
be used.
"""

"""The lesson: the lecture as nine scenes, each of which asks before it runs.

``outline`` says which scenes there are and what each asks, ``scenes`` what each trains and which
answer its run gives, ``pictures`` what it draws, ``rooms`` and ``classroom`` keep and show a
class's guesses; ``page`` is the page.
"""

"""The lesson: the lecture as eight scenes, each of which asks before it runs.

``outline`` says which scenes there are and what each asks, ``scenes`` what each trains and draws and
which answer its run gives, ``rooms`` keeps a class's guesses, ``challenges`` checks the last scene's
goals; ``components.pages.lesson`` puts them on a page.
"""

"""What a lecturer's screen does to a class, without the screen."""

from components.pages.lesson.rooms import Rooms


def turn(
    classes: Rooms, code: str, owner: str, shown: tuple[int, ...], scene: int, page=None
) -> None:
    """Turn to a place, knowing where the class is."""
    room, _ = classes.look(code)
    classes.keep(code, owner, (scene, shown, page), since=room.position if room else None)

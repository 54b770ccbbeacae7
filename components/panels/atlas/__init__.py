"""The atlas' parts: which map, its picture, the cell that is looked at, and maps of one's own."""

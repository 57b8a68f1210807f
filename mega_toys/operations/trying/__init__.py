"""One file looked at without taking it in: how it is read, and the declaration that would fit."""

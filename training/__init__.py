"""What makes and judges models."""

from classifier.moved import find_moved_modules

find_moved_modules()

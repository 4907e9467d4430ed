"""``python -m training``, in the repository: rebuild the shipped model and its card from the seeds, to the same bytes."""

import sys
from pathlib import Path

from classifier.errors import StanceError
from training.build import build

if __name__ == "__main__":
    try:
        build(Path("seeds"), Path("models/stance.safetensors"))
    except StanceError as error:
        sys.exit(f"training: {error}")

"""``python -m training``, in the repository: rebuild the shipped model and its card from the seeds, to the same bytes."""

import sys
from pathlib import Path

from classifier.errors import StanceError
from training.data.labelled import read_labelled
from training.fit.train import WHOLE_STORY_PRIOR, train
from training.publish.build import write

if __name__ == "__main__":
    try:
        write(train(read_labelled("seeds"), WHOLE_STORY_PRIOR, cautious=True).model, Path("models/stance.safetensors"))
    except StanceError as error:
        sys.exit(f"training: {error}")

"""``python -m training``, in the repository: rebuild a model and its card from the seeds, and from news where it is at hand.

With ``--news DIR`` it is the shipped model, to the same bytes for the same texts; ``seeds/NEWS.md`` says what DIR must hold.
"""

import argparse
import sys
from pathlib import Path

from classifier.errors import StanceError
from classifier.wording import expected
from training.data.labelled import grouped
from training.data.news import read_news, stories_of, summary
from training.data.seeds import NEWS, read_seeds, shipped_seeds
from training.fit.stories import train_on_stories
from training.fit.train import WHOLE_STORY_PRIOR, train
from training.publish.build import check_target, write

SHIPPED, SEEDS_ALONE = Path("models/stance.safetensors"), Path("models/seeds.safetensors")


def main() -> None:
    """Read what is there, train, and write."""
    parser = argparse.ArgumentParser(prog="python -m training", description="Rebuild the shipped model and its card.")
    parser.add_argument("--news", metavar="DIR", type=Path, help="the texts that seeds/news.csv labels; seeds/NEWS.md names them")
    parser.add_argument("-o", "--output", metavar="MODEL", type=Path, help=f"default: {SHIPPED}; without --news {SEEDS_ALONE}")
    options = parser.parse_args()
    target = options.output or (SHIPPED if options.news else SEEDS_ALONE)
    check_target(target)
    print(f"training: {expected(240)}", file=sys.stderr)
    if options.news:
        found = read_news(shipped_seeds() / NEWS, options.news)
        print(summary(found), file=sys.stderr)
        if len(found.missing) and not options.output:
            raise StanceError(
                f"{options.news}: lacks {len(found.missing):,} of the labelled sentences, so this is not the shipped model; "
                "complete it, or name another file with -o"
            )
        write(train_on_stories(stories_of(found), read_seeds(shipped_seeds())).model, target)
        return
    print("training: no --news DIR, so this is the model of the seeds alone; it is weaker on news", file=sys.stderr)
    write(train(grouped(read_seeds(shipped_seeds())), WHOLE_STORY_PRIOR, cautious=True).model, target)


if __name__ == "__main__":
    try:
        main()
    except StanceError as error:
        sys.exit(f"training: {error}")

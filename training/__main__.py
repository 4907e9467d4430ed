"""``python -m training``: rebuild the shipped model and its card from the seeds, to the same bytes."""

from pathlib import Path

from training.build import build

ROOT = Path(__file__).parent.parent

if __name__ == "__main__":
    build(ROOT / "seeds", ROOT / "models" / "stance.safetensors")

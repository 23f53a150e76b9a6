"""``python -m bench.library PATH --tracks N --seed S``."""

import argparse
import time
from pathlib import Path

from bench.library.generate import generate


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.library", description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    started = time.perf_counter()
    count = generate(args.path, tracks=args.tracks, seed=args.seed, workers=args.workers)
    print(f"{count} files in {time.perf_counter() - started:.1f} s in {args.path}")


if __name__ == "__main__":
    main()

"""The workers, seen from the writer: a few processes of their own that do jobs side by side.

They are programs started afresh rather than forks or pools: they load nothing of the server that may be the parent,
they keep numpy out of it, and they can be stopped at any moment.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Self

import msgspec

from tutti.demo.jobs import ANSWERS, Done, Failed, Paint, Record

_COMMAND = (sys.executable, "-m", "tutti.demo.worker")
# One thread each: the products of small matrices in a note are not worth waking others.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
_PACKAGE_ROOT = Path(__file__).parents[2]


class DemoFailed(OSError):
    """The demo library could not be made; the message says why.

    An OSError as shutil.Error is: what makes it fail is a full disk or a broken ffmpeg, and who is ready for the one is
    ready for the other.
    """


class _Worker:
    """One process; its standard error goes to a file that is read when it ends before its time."""

    def __init__(self, log: Path) -> None:
        self._log = log
        paths = [str(_PACKAGE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, **_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(paths)}
        with log.open("wb") as errors:
            # A session of its own: Ctrl-C in a terminal is for the writer, who then stops the worker.
            self._process = subprocess.Popen(
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                start_new_session=True,
            )

    def do(self, job: Record | Paint) -> Done:
        """Have a job done. Raises DemoFailed if the worker cannot, or ends over it."""
        jobs, answers = _pipes(self._process)
        with suppress(BrokenPipeError):
            jobs.write(msgspec.json.encode(job) + b"\n")
            jobs.flush()
        answer = answers.readline()
        if not answer:
            lines = self._log.read_text("utf-8", "replace").strip().splitlines()
            raise DemoFailed(lines[-1] if lines else "a worker was stopped")
        done = ANSWERS.decode(answer)
        if isinstance(done, Failed):
            raise DemoFailed(done.reason)
        return done

    def kill(self) -> None:
        """End the process and what it has started, whatever they do; who waits for it gets an end of file."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Close what is left of it, when nobody waits for it any more."""
        for pipe in _pipes(self._process):
            with suppress(BrokenPipeError):  # a job that was never read
                pipe.close()
        self._process.wait()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise DemoFailed("a worker has no pipes")
    return process.stdin, process.stdout


class Crew:
    """Up to `size` workers; stopped, even in the middle of jobs, when the context is left."""

    def __init__(self, size: int, folder: Path) -> None:
        """`folder` takes the logs of the workers."""
        self._workers = [_Worker(folder / f"worker-{number}.log") for number in range(size)]
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(size, "demo")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def results(self, jobs: Sequence[Record | Paint]) -> Iterator[tuple[int, Done]]:
        """Have jobs done, begun in order; yield the number of each and what came of it, as they are finished.

        Raises:
            DemoFailed: a job could not be done.
        """
        numbers: dict[Future[Done], int] = {self._threads.submit(self._do, job): n for n, job in enumerate(jobs)}
        for future in as_completed(numbers):
            yield numbers[future], future.result()

    def _do(self, job: Record | Paint) -> Done:
        worker = self._idle.get()
        try:
            return worker.do(job)
        finally:
            self._idle.put(worker)

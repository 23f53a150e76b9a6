"""Settings of the work on uploads."""

import os
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from tutti.kit.events.event import Event
from tutti.kit.events.log import Handler
from tutti.kit.service import LongWork


class WorkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``media``."""

    concurrency: Annotated[
        int, Meta(ge=0, le=256, description="Uploads worked on at once; 0: one fewer than there are processor cores")
    ] = 0
    max_attempts: Annotated[int, Meta(ge=1, le=50, description="Tries before a job is dead and its upload failed")] = 6
    backoff_s: Annotated[
        float, Meta(gt=0, description="Seconds before the second try of a job; doubled for each next")
    ] = 5.0
    timeout_s: Annotated[int, Meta(ge=60, description="How long one try of a job may take")] = 21_600
    max_duration_s: Annotated[
        int, Meta(ge=60, le=86_400, description="Longest track that is taken; longer ones are refused")
    ] = 43_200
    analysis_cpu_s: Annotated[
        int, Meta(ge=10, description="Processor time for measuring loudness and waveform of one file")
    ] = 1800
    analysis_wall_s: Annotated[int, Meta(ge=10, description="How long measuring one file may take")] = 3600
    orphans_s: Annotated[
        int, Meta(ge=1, le=30 * 86_400, description="How often objects that no row names are looked for")
    ] = 86_400
    jobs_kept_days: Annotated[int, Meta(ge=1, le=3650, description="How long ended jobs are listed")] = 30
    external_workers: Annotated[
        bool, Meta(description="Leave the work on uploads to programs that report to /hooks/media")
    ] = False

    def long_work(self, given_up: Mapping[type[Event], Handler]) -> LongWork:
        """How the event log is to deliver jobs, and who hears of those it gives up."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return LongWork(
            concurrency=self.concurrency or max(1, cores - 1),
            # Jobs end by themselves before; what the log would break off could not say so.
            timeout_s=self.timeout_s + 60,
            max_attempts=self.max_attempts,
            backoff_s=self.backoff_s,
            given_up=given_up,
        )

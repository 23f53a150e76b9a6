"""The streams: one for each partition, made where it is missing, by whichever process comes first."""

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError, NotFoundError

from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.settings import EventSettings
from tutti.kit.settings import BadSetting

_PARTITIONS = "tutti-partitions"
_NAME_IN_USE = 10058
_DAY_S = 86_400.0


class StreamMismatch(BadSetting):
    """NATS holds streams that were made with other settings than ours."""


async def list_missing(js: JetStreamContext, settings: EventSettings) -> list[int]:
    """Return the partitions whose streams NATS does not have; of others, keep limits in step with the settings.

    Raises:
        StreamMismatch: it has them for another number of partitions: the order of a key's events would be lost.
    """
    names, missing = Names.of(settings), list[int]()
    for partition in range(names.partitions):
        try:
            info = await js.stream_info(names.stream(partition))
        except NotFoundError:
            missing.append(partition)
            continue
        _require_same(settings, info.config)
        if _limits(info.config) != _limits(_config(settings, partition)):
            await js.update_stream(_config(settings, partition))
    return missing


async def make_stream(js: JetStreamContext, settings: EventSettings, partition: int) -> None:
    """Make the stream of a partition, unless another process was quicker.

    Raises:
        StreamMismatch: that one has other settings.
    """
    try:
        await js.add_stream(_config(settings, partition))
    except BadRequestError as error:
        if error.err_code != _NAME_IN_USE:
            raise
        _require_same(settings, (await js.stream_info(Names.of(settings).stream(partition))).config)


def _config(settings: EventSettings, partition: int) -> StreamConfig:
    names, kept_s = Names.of(settings), settings.retention_days * _DAY_S
    return StreamConfig(
        name=names.stream(partition),
        description="Events of Tutti, in the order of their keys",
        subjects=[names.subjects(partition)],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_age=kept_s,
        num_replicas=settings.nats_replicas,
        duplicate_window=min(settings.nats_duplicates_s, kept_s),
        allow_direct=True,
        metadata={_PARTITIONS: str(names.partitions)},
    )


def _limits(config: StreamConfig) -> tuple[object, ...]:
    return (config.max_age, config.num_replicas, config.duplicate_window)


def _require_same(settings: EventSettings, config: StreamConfig) -> None:
    ours, found = str(settings.nats_partitions), (config.metadata or {}).get(_PARTITIONS)
    if found != ours:
        raise StreamMismatch(
            f"NATS holds the streams {settings.nats_prefix}-… in {found or 'some other number of'} partitions, and "
            f"TUTTI_EVENTS_NATS_PARTITIONS is {ours}. Set it back, or choose another TUTTI_EVENTS_NATS_PREFIX once "
            "`tutti events lag` shows that nothing is left to handle."
        )

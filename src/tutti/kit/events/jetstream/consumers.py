"""The durable consumers: one for each consumer of ours and partition, made where it is missing."""

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import NotFoundError

from tutti.kit.events.delivery import Subscription
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.settings import EventSettings


def durable_config(
    names: Names,
    subscription: Subscription,
    partition: int,
    rewinds: int,
    settings: EventSettings,
    start_seq: int | None = None,
) -> ConsumerConfig:
    """Return what JetStream has to know; it hands out one event at a time, so that each partition keeps its order."""
    return ConsumerConfig(
        durable_name=names.durable(subscription.consumer, rewinds),
        deliver_policy=DeliverPolicy.ALL if start_seq is None else DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=start_seq,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=settings.lease_s,
        max_ack_pending=1,
        max_deliver=-1,  # how often an event is tried is counted in the database
        filter_subjects=[names.subject(partition, type_name) for type_name in subscription.types],
    )


async def ensure_consumer(
    js: JetStreamContext,
    names: Names,
    subscription: Subscription,
    partition: int,
    rewinds: int,
    settings: EventSettings,
) -> str:
    """Make a consumer or bring its filter up to date, and return what it is called; one that is there keeps its place.

    Raises:
        NotFoundError: the stream is missing.
    """
    stream, name = names.stream(partition), names.durable(subscription.consumer, rewinds)
    wanted = durable_config(names, subscription, partition, rewinds, settings)
    try:
        found = (await js.consumer_info(stream, name)).config
    except NotFoundError:
        await js.add_consumer(stream, wanted)
        return name
    if set(_subjects(found)) != set(_subjects(wanted)) or found.ack_wait != wanted.ack_wait:
        changed = found.evolve(filter_subject=None, filter_subjects=wanted.filter_subjects, ack_wait=wanted.ack_wait)
        await js.add_consumer(stream, changed)
    return name


async def find_consumer(
    js: JetStreamContext, names: Names, consumer: str, partition: int, rewinds: int
) -> ConsumerInfo | None:
    """Return what JetStream knows of a consumer, or None where it has none."""
    try:
        return await js.consumer_info(names.stream(partition), names.durable(consumer, rewinds))
    except NotFoundError:
        return None


def _subjects(config: ConsumerConfig) -> list[str]:
    return config.filter_subjects or ([config.filter_subject] if config.filter_subject else [])

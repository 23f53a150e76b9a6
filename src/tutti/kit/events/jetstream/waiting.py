"""What waits in JetStream for a consumer: how many events, and since when where nobody takes any."""

from datetime import datetime

from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError

from tutti.kit.events.delivery import Subscription
from tutti.kit.events.jetstream.consumers import Consumers
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.jetstream.wire import decode
from tutti.kit.events.measuring import Waiting


async def find_waiting(
    js: JetStreamContext, consumers: Consumers, names: Names, subscription: Subscription, rewinds: int
) -> Waiting:
    """Count what waits in all partitions, and find the oldest of it in those of which no copy has an event in hand.

    Whoever has one in hand knows its age.
    """
    count, oldest = 0, list[datetime]()
    for partition in range(names.partitions):
        found = await consumers.look_after(js, subscription, partition, rewinds)
        if found is None:
            continue
        in_hand, waiting = found.num_ack_pending or 0, found.num_pending or 0
        count += in_hand + waiting
        if waiting and not in_hand:
            oldest += await _find_next(js, names, subscription, partition, found)
    return Waiting(count=count, since=min(oldest, default=None))


async def _find_next(
    js: JetStreamContext, names: Names, subscription: Subscription, partition: int, found: ConsumerInfo
) -> list[datetime]:
    """Return when the first event of each type happened that was not handed out yet."""
    first = 1 if found.delivered is None else found.delivered.stream_seq + 1
    moments: list[datetime] = []
    for type_name in subscription.types:
        try:
            message = await js.get_msg(names.stream(partition), first, names.subject(partition, type_name), next=True)
        except NotFoundError:
            continue
        if message.data is not None:
            moments.append(decode(message.data).envelope.occurred_at)
    return moments

"""The work on uploads whose bytes have come: from bytes to a track that can be heard, or to a reason why not."""

from tutti.services.media.service.work.settings import WorkSettings

__all__ = ["WorkSettings"]

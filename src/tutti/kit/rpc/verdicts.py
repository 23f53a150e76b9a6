"""What it means that a call did not end with OK: which error its caller hears, and whether to try again."""

import structlog

from tutti.kit.rpc import failures, wire
from tutti.kit.rpc.bare import CallFailed
from tutti.kit.rpc.errors import MessageTooLarge, PeerAway, PeerBusy, PeerLate, PeerOutdated, PeerRefused

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.rpc")


class Verdict(Exception):
    """One attempt failed; ``error`` is what the caller hears if it was the last."""

    def __init__(self, error: Exception, outcome: str, *, again: bool = False, unsent: bool = False) -> None:
        super().__init__(outcome)
        self.error = error
        self.outcome = outcome
        """One of `wire.OUTCOMES`."""
        self.again = again
        """Another attempt may succeed; only for calls that may be repeated, unless this one was ``unsent``."""
        self.unsent = unsent
        """Certainly nothing was carried out."""

    @property
    def answered(self) -> bool:
        """Whether the peer said something itself."""
        return self.outcome not in (wire.AWAY, wire.LATE)


class Judge:
    """Of the calls of one method of one peer."""

    def __init__(self, service: str, name: str, retry_after_s: int) -> None:
        self._service = service
        self._name = name
        self._retry_after_s = retry_after_s

    def judge(self, failed: CallFailed) -> Verdict:
        """Return what the end of a call means."""
        sealed = failed.trailers.get(wire.FAILURE)
        if isinstance(sealed, bytes):
            return Verdict(failures.unseal(sealed, self._service), wire.REFUSED_BY_API)
        if (reason := failed.trailers.get(wire.REFUSED)) is not None:
            return self._refused(str(reason), failed)
        match failed.code:
            case "DEADLINE_EXCEEDED":
                return self.late(again=True)
            case "UNIMPLEMENTED":
                return Verdict(self._outdated(failed), wire.FAILED)
            case "RESOURCE_EXHAUSTED" | "OUT_OF_RANGE":  # gRPC's own limits
                return Verdict(self.too_large("message", failed.details), wire.FAILED)
            case _:
                # Whatever a lost connection looks like; what our side answers always says why.
                log.info("a call was lost", peer=self._service, method=self._name, reason=str(failed))
                return self.away(again=True)

    def away(self, *, again: bool = False, unsent: bool = False) -> Verdict:
        """Return the verdict that the peer cannot be reached."""
        error = PeerAway(
            f"{self._service} is away at the moment; try again.", retry_after_s=self._retry_after_s, peer=self._service
        )
        return Verdict(error, wire.AWAY, again=again, unsent=unsent)

    def late(self, *, again: bool = False) -> Verdict:
        """Return the verdict that the time is up."""
        error = PeerLate(
            f"{self._service} did not answer in time; try again.",
            retry_after_s=self._retry_after_s,
            peer=self._service,
        )
        return Verdict(error, wire.LATE, again=again)

    def busy(self, *, again: bool = False) -> Verdict:
        """Return the verdict that as many calls are under way as are allowed."""
        error = PeerBusy(
            f"{self._service} has too much to do at the moment; try again.",
            retry_after_s=self._retry_after_s,
            peer=self._service,
        )
        return Verdict(error, wire.BUSY, again=again, unsent=True)

    def unreadable(self, reason: str) -> Verdict:
        """Return the verdict that the answer is nothing that this version can read."""
        log.error("an answer cannot be read", peer=self._service, method=self._name, reason=reason)
        return Verdict(failures.peer_failed(self._service, reason), wire.FAILED)

    def too_large(self, what: str, size: str) -> MessageTooLarge:
        """Return the error that says that a message is above its limit."""
        return MessageTooLarge(
            f"The {what} of {self._service}.{self._name} is too large ({size}); "
            "ask for less at once, or raise TUTTI_RPC_MAX_MESSAGE_BYTES."
        )

    def _refused(self, reason: str, failed: CallFailed) -> Verdict:
        match reason:
            case wire.BUSY:
                return self.busy(again=True)
            case wire.LARGE:
                size = f"{failed.trailers.get(wire.SIZE, '?')} bytes"
                return Verdict(self.too_large("answer", size), wire.FAILED)
            case wire.TOKEN:
                log.error("a peer takes this process for a stranger", peer=self._service, reason=failed.details)
                message = (
                    f"{self._service} does not know this process; TUTTI_CLUSTER_SECRETS has to be the same in both."
                )
                error = PeerRefused(message, retry_after_s=self._retry_after_s, peer=self._service)
                return Verdict(error, wire.FAILED)
            case _:
                log.error("a call failed at a peer", peer=self._service, method=self._name, reason=reason)
                return Verdict(failures.peer_failed(self._service, reason), wire.FAILED)

    def _outdated(self, failed: CallFailed) -> PeerOutdated:
        log.error("a peer does not know a call", peer=self._service, method=self._name, reason=failed.details)
        return PeerOutdated(
            f"{self._service} is of an older version and cannot do this yet.",
            retry_after_s=self._retry_after_s,
            peer=self._service,
        )

"""Rounds against a model: any order of telling, failing, crashing, replaying and trying again keeps the promises."""

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tutti.kit.clock import now
from tutti.kit.db import metadata
from tutti.kit.events import letters, rounds
from tutti.kit.events.event import Event, seal
from tutti.kit.events.item import Failure, Item
from tutti.kit.events.outbox import AlreadyHandled, Receipt, append
from tutti.kit.events.rounds import Outcome, Position
from tutti.kit.events.tables import outbox

CONSUMER = "listener"
MAX_ATTEMPTS = 2


class Happened(Event):
    TYPE: ClassVar[str] = "test.Happened"
    KEY: ClassVar[str] = "subject"

    subject: str


class Unheard(Happened):
    TYPE: ClassVar[str] = "test.Unheard"


class Rounds(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        tables = [table for name, table in metadata.tables.items() if name.startswith("events_")]
        metadata.create_all(self.engine, tables=tables)
        self.clock = now()
        self.keys: dict[str, str] = {}  # event id -> key, in the order of telling
        self.effects: dict[str, int] = {}  # event id -> how often it took effect since it may
        self.dead: set[str] = set()
        self.known = self.restart()

    def tick(self) -> datetime:
        self.clock += timedelta(milliseconds=1)
        return self.clock

    def restart(self) -> Position:
        with self.engine.begin() as db:
            return rounds.open_cursor(db, CONSUMER)

    @rule(keys=st.lists(st.sampled_from("abc"), min_size=1, max_size=4), heard=st.booleans())
    def tell(self, keys: list[str], heard: bool) -> None:
        told = [Happened(subject=key) if heard else Unheard(subject=key) for key in keys]
        sealed = [msgspec.structs.replace(seal(event), occurred_at=self.tick()) for event in told]
        with self.engine.begin() as db:
            append(db, sealed)
        if heard:
            self.keys |= {each.id: each.key for each in sealed}

    @rule(seconds=st.integers(1, 30))
    def wait(self, seconds: int) -> None:
        self.clock += timedelta(seconds=seconds)

    @rule(
        fails=st.lists(st.booleans(), max_size=6),
        limit=st.integers(1, 6),
        parked_limit=st.integers(1, 6),
        ends=st.sampled_from(["crash", "save", "go on"]),
        replays_meanwhile=st.sampled_from([0, 0, 0, 1, 4]),
    )
    def go_round(
        self, fails: list[bool], limit: int, parked_limit: int, ends: str = "save", replays_meanwhile: int = 0
    ) -> None:
        with self.engine.begin() as db:
            taken = rounds.take(
                db, CONSUMER, [Happened.TYPE], self.known, limit=limit, parked_limit=parked_limit, at=self.clock
            )
        outcome = Outcome(followers=taken.blocked)
        coming = iter(fails)
        for chain in taken.chains:
            for place, item in enumerate(chain):
                if next(coming, False):
                    outcome.failed.append((item, self.fail(item)))
                    outcome.followers += [each for each in chain[place + 1 :] if not each.parked]
                    break
                self.handle(item)
                outcome.healed += [item] if item.parked else []
        self.replay(replays_meanwhile)
        if ends == "crash":
            self.known = self.restart()
            return
        with self.engine.begin() as db:
            if outcome.needs_settling:
                rounds.settle(db, CONSUMER, taken.start, taken.end, outcome, self.clock)
            elif ends == "save":
                rounds.save_position(db, CONSUMER, taken.start, taken.end)
            self.dead = {letter.id for letter in letters.list_dead(db)}
        self.known = Position(taken.end, taken.start.rewinds)

    @rule(back=st.integers(0, 5))
    def replay(self, back: int) -> None:
        again = list(self.keys)[len(self.keys) - back :] if back else []
        if not again:
            return
        with self.engine.begin() as db:
            told_at = sa.select(outbox.c.occurred_at).where(outbox.c.id == again[0])
            letters.replay(db, CONSUMER, [Happened.TYPE], db.execute(told_at).scalar_one())
        for id_ in again:
            self.effects.pop(id_, None)
            self.dead.discard(id_)

    @rule(everything=st.booleans())
    def retry(self, everything: bool) -> None:
        chosen = self.dead if everything else set(sorted(self.dead)[:1])
        with self.engine.begin() as db:
            count = letters.retry_dead(db, None if everything else next(iter(chosen), "none"), self.clock)
        assert count == len(chosen)
        self.dead -= chosen

    def handle(self, item: Item) -> None:
        id_ = item.envelope.id
        try:
            with self.engine.begin() as db:
                Receipt(CONSUMER, id_)(db)
        except AlreadyHandled:
            return
        self.effects[id_] = self.effects.get(id_, 0) + 1
        before = list(self.keys)[: list(self.keys).index(id_)]
        early = [each for each in before if self.keys[each] == item.key and not self.effects.get(each)]
        assert set(early) <= self.dead, "an event was handled before an earlier one of its key"

    def fail(self, item: Item) -> Failure:
        attempts = item.attempts + 1
        pause = timedelta(seconds=5)
        return Failure(error="no", attempts=attempts, retry_in=None if attempts >= MAX_ATTEMPTS else pause)

    @invariant()
    def nothing_takes_effect_twice(self) -> None:
        assert all(count == 1 for count in self.effects.values())

    @invariant()
    def only_the_first_parked_event_of_a_key_is_due(self) -> None:
        with self.engine.begin() as db:
            rows = db.execute(sa.text("SELECT key, next_at FROM events_parked ORDER BY key, seq")).all()
        seen: set[str] = set()
        for row in rows:
            assert (row.next_at is not None) == (row.key not in seen)
            seen.add(row.key)

    def teardown(self) -> None:
        for _ in range(4 * len(self.keys) + 4):
            self.wait(30)
            self.go_round(fails=[], limit=4, parked_limit=100)
        handled = {id_ for id_, count in self.effects.items() if count == 1}
        assert handled | self.dead == self.keys.keys(), "an event is lost"
        with self.engine.begin() as db:
            lag = letters.measure_lag(db, CONSUMER, [Happened.TYPE])
        assert (lag.behind, lag.parked, lag.dead) == (0, 0, len(self.dead))
        self.engine.dispose()


Rounds.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestRounds = Rounds.TestCase

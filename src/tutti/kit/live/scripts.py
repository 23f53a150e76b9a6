"""Live channels inside Redis: what has to happen at once happens in these scripts.

Ids are microseconds of Redis's own clock, or one more than the last: they rise over all channels and processes, also
over a restart that forgets everything, and are exact as numbers of JavaScript (below 2^53) until the year 2255. An
entry of a ring is ``<id> <message as JSON>``.
"""

from tutti.kit.stores.link import PREFIX

CONTROL = f"{PREFIX}live"
"""The channel of the processes themselves."""
LAST, BORN = f"{PREFIX}live:last", f"{PREFIX}live:born"

_CLOCK = """
local time = redis.call('TIME')
local present = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
"""

SHOW = (
    _CLOCK
    + """
local id = string.format('%.0f', math.max(last + 1, present))
redis.call('SET', KEYS[1], id)
redis.call('SET', KEYS[2], id, 'NX')
local message = ARGV[1] .. id .. ARGV[2]
redis.call('RPUSH', KEYS[3], id .. ' ' .. message)
redis.call('LTRIM', KEYS[3], -ARGV[3], -1)
redis.call('EXPIRE', KEYS[3], ARGV[4])
redis.call('PUBLISH', KEYS[3], message)
return id
"""
)
"""KEYS: last, born, the channel. ARGV: JSON before and after the id, length of rings, seconds they are kept."""

NEWEST = (
    _CLOCK
    + """
local newest = string.format('%.0f', math.max(last, present))
redis.call('SET', KEYS[2], newest, 'NX')
return newest
"""
)
"""KEYS: last, born. Returns the id that everything up to now is not above."""

RESUME = (
    _CLOCK
    + """
local since = tonumber(ARGV[1])
local born = tonumber(redis.call('GET', KEYS[2]) or '9007199254740992')
local whole = born <= since and since <= math.max(last, present) and present - since < ARGV[3] * 1000000
local missed = {}
for i = 3, #KEYS do
  local ring = redis.call('LRANGE', KEYS[i], 0, -1)
  for place, entry in ipairs(ring) do
    local space = string.find(entry, ' ', 1, true)
    local id = tonumber(string.sub(entry, 1, space - 1))
    if place == 1 and #ring >= tonumber(ARGV[2]) and id > since + 1 then whole = false end
    if id > since then missed[#missed + 1] = string.sub(entry, space + 1) end
  end
end
return {whole and 1 or 0, missed}
"""
)
"""KEYS: last, born, the channels. ARGV: an id, length of rings, seconds they are kept. Returns what came after it."""


def key_of(channel: str) -> str:
    """Return the key of a channel's ring, which is also what it is published as."""
    return f"{PREFIX}live:of:{channel}"

"""Work on other streams than the one that is timed, seen in a profile.

The call is made while its own stream is held by a kernel that spins, and a second, short one follows
it there. On the held stream, and on streams that wait for it, nothing begins before the first has
ended; and what the timed stream waits for has ended when the second begins. Whatever does otherwise
ran on a stream that the timed one knows nothing of, so its time is in no sample.

A stream of its own that is joined properly (an event before, an event after) is nobody's fault.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

# Some 10 ms on a GPU of 2 GHz: longer than the host takes for most calls. Of what it launches later,
# only the end is looked at.
HELD_CYCLES = 20_000_000
# Of what candidates are compared with, which is not suspected of hiding work: what is found there is
# a note. 2 ms: their calls take the host 0.09 ms (median; 99 % of them 0.5 ms; H100).
HELD_BRIEFLY_CYCLES = 4_000_000
MARK_CYCLES = 1
SPIN = "spin_kernel"  # how torch calls the kernel of torch.cuda._sleep
# Of the profiler's clock, in microseconds: its times are rounded.
SLACK_US = 2.0

Event = Dict[str, Any]


def _correlation(event: Event) -> int:
    return int(event.get("args", {}).get("correlation", -1))


def _end(event: Event) -> float:
    return float(event["ts"]) + float(event["dur"])


def split(events: List[Event]) -> Tuple[Optional[Event], Optional[Event], List[Event]]:
    """(what held the stream, the mark behind the call, all other events). The first and the last
    spinning kernel that was launched are ours, whatever the call launched between them."""
    spins = sorted((e for e in events if e.get("cat") == "kernel" and SPIN in str(e["name"])),
                   key=_correlation)
    if len(spins) < 2 or _correlation(spins[0]) < 0:
        return None, None, events
    held, mark = spins[0], spins[-1]
    return held, mark, [e for e in events if e is not held and e is not mark]


def elsewhere(events: List[Event]) -> str:
    """What ran on a stream that the timed one neither holds back nor waits for; "" if nothing did,
    or if the profile does not tell."""
    held, mark, others = split(events)
    own = held["args"].get("stream") if held else None
    if own is None or mark["args"].get("stream") != own:
        return ""
    for e in others:
        stream = e.get("args", {}).get("stream")
        if e.get("cat") != "kernel" or stream is None or stream == own:
            continue
        where = f"{str(e['name'])[:100]} ran on stream {stream}, not on {own}, which is timed"
        if float(e["ts"]) < _end(held) - SLACK_US:
            return f"{where}: it began while that was held, and did not wait for it"
        if _end(e) > float(mark["ts"]) + SLACK_US:
            return f"{where}: that did not wait for its end"
    return ""

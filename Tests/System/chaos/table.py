"""The report at the end, as a table for people."""

import statistics


def rule(text):
    return f"\n{text}\n{'-' * len(text)}"


def seconds(value):
    return f"{value:6.2f}" if value is not None else "     -"


def faults(outcomes):
    """Each kind: how often, and how long the pool took to recover."""
    yield rule("Faults")
    yield f"{'kind':<62} {'count':>5} {'p50 s':>6} {'max s':>6} {'late':>4} {'wrong':>5}"
    kinds = {}
    for outcome in outcomes:
        kinds.setdefault(outcome.name, []).append(outcome)
    for name, several in sorted(kinds.items()):
        times = [outcome.recovery for outcome in several if outcome.recovery is not None]
        skipped = next((o.skipped for o in several if o.skipped), None)
        if skipped:
            yield f"{name:<62} skipped: {skipped}"
            continue
        middle, longest = (statistics.median(times), max(times)) if times else (None, None)
        late = sum(outcome.is_late for outcome in several)
        wrong = sum(bool(outcome.wrong) for outcome in several)
        yield f"{name:<62} {len(several):5} {seconds(middle)} {seconds(longest)} {late:4} {wrong:5}"
    times = [outcome.recovery for outcome in outcomes if outcome.recovery is not None]
    struck = [outcome.name for outcome in outcomes if outcome.skipped is None]
    middle, longest = (statistics.median(times), max(times)) if times else (None, None)
    total = f"{len(set(struck))} kinds"
    yield f"{total:<62} {len(struck):5} {seconds(middle)} {seconds(longest)}"


def requests(all_requests):
    yield rule("Requests (open loop, no retries); the stall is the longest until an answer")
    yield f"{'kind':<12} {'sent':>8} {'ok':>8} {'explained':>9} {'unexplained':>11} {'p50 ms':>7}" \
        f" {'p99 ms':>7} {'stall s':>7}"
    for kind in ("new", "keep-alive", "slow", "all"):
        chosen = [r for r in all_requests if kind in ("all", r.kind)]
        good = sorted(r.seconds for r in chosen if r.failure is None)
        explained = sum(r.explained_by is not None for r in chosen)
        unexplained = len(chosen) - len(good) - explained
        p50, p99 = (good[int(len(good) * part)] * 1e3 for part in (0.5, 0.99)) if good else (0, 0)
        longest = good[-1] if good else 0
        yield f"{kind:<12} {len(chosen):8} {len(good):8} {explained:9} {unexplained:11} {p50:7.1f}" \
            f" {p99:7.1f} {longest:7.2f}"


def explanations(all_requests):
    counts = {}
    for request in all_requests:
        if request.explained_by:
            counts[request.explained_by] = counts.get(request.explained_by, 0) + 1
    if counts:
        yield rule("Failed requests that were in a worker which the fault killed")
        yield from (f"{name:<62} {count:5}" for name, count in sorted(counts.items()))


def masters(lives):
    yield rule("Masters, at rest")
    yield f"{'':<10} {'lived s':>8} {'fds begin':>9} {'end':>5} {'RSS KiB begin':>14} {'end':>7}" \
        f" {'private begin':>14} {'end':>7}"
    for life in lives:
        first, last = life.first, life.last
        yield f"{life.number:<10} {life.seconds:8.0f} {first.descriptors.total():9}" \
            f" {last.descriptors.total():5} {first.rss:14} {last.rss:7} {first.private:14}" \
            f" {last.private:7}"

#!/usr/bin/env python3
"""Writes tests/unit/rrule_cases.inc: random recurrence rules and the times that python3-dateutil, an independent implementation, finds for them.

  tests/support/rrule_cases.py > tests/unit/rrule_cases.inc

Left out is what the RFC reads otherwise than dateutil does: BYWEEKNO without BYDAY (every day of the week there, the start's weekday here), and
BYWEEKNO from the end so far that it reaches into the year before. A weekly rule with BYSETPOS starts with its week, since dateutil picks among what is
left of the first one.
"""
import datetime
import random
import signal

from dateutil.rrule import rrulestr

CASES, TIMES, YEARS = 500, 8, 25
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
EPOCH = datetime.datetime(1970, 1, 1)


def some(low, high, from_end, most):
    numbers = {random.randint(low, high) * (-1 if from_end and random.random() < 0.3 else 1) for _ in range(random.randint(1, most))}
    return ",".join(map(str, sorted(numbers)))


def by_day(freq, weeks):
    days = random.sample(DAYS, random.randint(1, 4))
    if freq in ("MONTHLY", "YEARLY") and not weeks and random.random() < 0.5:
        days = [random.choice(["1", "2", "-1", "3", "-2", "5"]) + day for day in days]
    return "BYDAY=" + ",".join(days)


def random_rule():
    freq = random.choice(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY", "YEARLY"])
    weeks = freq == "YEARLY" and random.random() < 0.25
    by = []
    if random.random() < 0.3:
        by.append("BYMONTH=" + some(1, 12, False, 4))
    if weeks:
        by.append("BYWEEKNO=" + some(1, 53, False, 3))
    if freq in ("YEARLY", "HOURLY") and random.random() < 0.15:
        by.append("BYYEARDAY=" + some(1, 366, True, 4))
    if freq != "WEEKLY" and random.random() < 0.3:
        by.append("BYMONTHDAY=" + some(1, 31, True, 4))
    if weeks or random.random() < 0.5:
        by.append(by_day(freq, weeks))
    if random.random() < 0.15:
        by.append("BYHOUR=" + some(0, 23, False, 3))
    if random.random() < 0.1:
        by.append("BYMINUTE=" + some(0, 59, False, 3))
    if by and random.random() < 0.2:
        by.append("BYSETPOS=" + random.choice(["1", "-1", "2", "1,-1", "3"]))
    parts = ["FREQ=" + freq]
    if random.random() < 0.5:
        parts.append("INTERVAL=%d" % random.choice([1, 2, 3, 4, 5, 7, 12, 13]))
    if random.random() < 0.2:
        parts.append("COUNT=%d" % random.randint(1, 20))
    if random.random() < 0.3:
        parts.append("WKST=" + random.choice(DAYS))
    return ";".join(parts + by)


def give_up(*_):
    raise TimeoutError


def times_of(rule, start):
    """None when dateutil takes long, or finds the rule empty."""
    found, last = [], start + datetime.timedelta(days=366 * YEARS)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        for moment in rrulestr(rule, dtstart=start):
            if moment > last or len(found) == TIMES:
                break
            found.append(int((moment - EPOCH).total_seconds()))
    except (TimeoutError, ValueError):
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return found


def main():
    random.seed(5545)
    signal.signal(signal.SIGALRM, give_up)
    print("/* Made by tests/support/rrule_cases.py. { rule, start, times within %d years } */" % YEARS)
    done = 0
    while done < CASES:
        rule = random_rule()
        start = datetime.datetime(random.randint(1999, 2030), random.randint(1, 12), random.randint(1, 28), random.randint(0, 23),
                                  random.choice([0, 15, 30, 59]))
        first_day = next((p[5:] for p in rule.split(";") if p.startswith("WKST=")), "MO")
        if rule.startswith("FREQ=WEEKLY") and "BYSETPOS" in rule:
            start -= datetime.timedelta(days=(start.weekday() - DAYS.index(first_day)) % 7)
            start = start.replace(hour=0)
        times = times_of(rule, start)
        if times is None:
            continue
        done += 1
        seconds = int((start - EPOCH).total_seconds())
        print('{ "%s", %d, %d, { %s } },' % (rule, seconds, len(times), ", ".join(map(str, times)) or "0"))


main()

"""What a question to the working-time index costs, against core's calendar, over two years.

Split days, a dozen days off a year and the switches of daylight saving time. Both sides answer the
same questions, and the answers are compared; then each is asked many of them.

python benchmarks/working_time.py DATABASE [--calls=20000] [--rounds=5]
"""

import random
import statistics
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import arguments, environment, print_machine

BEGIN = datetime(2026, 1, 1)
DAYS = 730
HOUR = 3600
# What a call may cost, by the time of the processor
LIMIT = 5e-6
# Core is asked so many times fewer
FEWER = 200


def main():
    options = arguments(__doc__.splitlines()[0], calls=20000)
    with environment(options.database) as env:
        run(env, options.calls, options.rounds)


def run(env, calls, rounds):
    calendar = create_calendar(env)
    company = env.company
    started = time.process_time()
    hours = calendar._get_working_hours(company)
    hours.add(epoch(BEGIN), DAYS * HOUR)
    built = time.process_time() - started
    questions = draw(calls)
    compare(calendar, company, hours, questions[: max(20, calls // FEWER // 4)])
    few = questions[: calls // FEWER]
    results = {
        "working time between two instants": (
            measure(lambda q: hours.worked(q[0], q[1]), questions, rounds),
            measure(lambda q: ask_worked(calendar, company, q), few, rounds),
        ),
        "deadline after so much work": (
            measure(lambda q: hours.add(q[0], q[2]), questions, rounds),
            measure(lambda q: ask_deadline(calendar, company, q), few, rounds),
        ),
    }
    print(f"\n**Working time**, per call ({calls} calls, {rounds} rounds; core {len(few)} calls)\n")
    print("| question | core us | core CPU us | us | CPU us | ratio |")
    print("|---|---:|---:|---:|---:|---:|")
    for question, (ours, core) in results.items():
        print(
            f"| {question} | {core[0] * 1e6:.0f} | {core[1] * 1e6:.0f} | {ours[0] * 1e6:.1f} "
            f"| {ours[1] * 1e6:.1f} | 1/{core[1] / ours[1]:.0f} |"
        )
    print(f"\nThe index was built in {built * 1000:.0f} ms of CPU.")
    print_machine(env)
    slowest = max(ours[1] for ours, _core in results.values())
    if slowest > LIMIT:
        raise SystemExit(f"{slowest * 1e6:.1f} us a call, which is more than {LIMIT * 1e6:.0f}")


def create_calendar(env):
    """Split days in a zone with daylight saving time, and days off."""
    calendar = env["resource.calendar"].create(
        {
            "name": "Paris",
            "tz": "Europe/Paris",
            "company_id": env.company.id,
            "attendance_ids": [
                (5, 0, 0),
                *(
                    (
                        0,
                        0,
                        {
                            "name": "Work",
                            "dayofweek": str(day),
                            "hour_from": begin,
                            "hour_to": end,
                            "day_period": period,
                        },
                    )
                    for day in range(5)
                    for begin, end, period in ((8, 12, "morning"), (13, 17.5, "afternoon"))
                ),
            ],
        }
    )
    env["resource.calendar.leaves"].create(
        [
            {
                "name": "Closed",
                "calendar_id": calendar.id,
                "date_from": BEGIN + timedelta(days=30 * n),
                "date_to": BEGIN + timedelta(days=30 * n, hours=23, minutes=59, seconds=59),
            }
            for n in range(24)
        ]
    )
    return calendar


def draw(calls):
    """(start, end, seconds of work) of so many questions, the same in every run."""
    source = random.Random(5)
    first, span = epoch(BEGIN), DAYS * 24 * HOUR
    questions = []
    for _index in range(calls):
        start = first + source.randrange(span)
        questions.append(
            (start, start + source.randrange(90 * 24 * HOUR), source.randrange(1, 80 * HOUR))
        )
    return questions


def ask_worked(calendar, company, question):
    begin, end = (datetime.fromtimestamp(instant, timezone.utc) for instant in question[:2])
    return calendar.get_work_hours_count(begin, end, domain=company_days_off(company))


def ask_deadline(calendar, company, question):
    begin = datetime.fromtimestamp(question[0], timezone.utc)
    return calendar.plan_hours(
        question[2] / HOUR, begin, compute_leaves=True, domain=company_days_off(company)
    )


def company_days_off(company):
    return [("time_type", "=", "leave"), ("company_id", "in", [False, company.id])]


def compare(calendar, company, hours, questions):
    """Fail when core answers otherwise by more than a second."""
    for question in questions:
        worked = ask_worked(calendar, company, question) * HOUR
        deadline = ask_deadline(calendar, company, question).timestamp()
        ours = hours.worked(question[0], question[1]), hours.add(question[0], question[2])
        if abs(worked - ours[0]) > 1 or abs(deadline - ours[1]) > 1:
            raise SystemExit(f"{question}: core {worked, deadline}, ours {ours}")


def epoch(instant):
    return int(instant.replace(tzinfo=timezone.utc).timestamp())


def measure(ask, questions, rounds):
    """Median seconds and CPU seconds of a call; the first round warms up."""
    walls, cpus = [], []
    for number in range(rounds + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        for question in questions:
            ask(question)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if number:
            walls.append(wall / len(questions))
            cpus.append(cpu / len(questions))
    return statistics.median(walls), statistics.median(cpus)


if __name__ == "__main__":
    main()

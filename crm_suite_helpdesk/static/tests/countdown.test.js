import { describe, expect, test } from "@odoo/hoot";

import {
    isCounting,
    leftAt,
    nextChangeAt,
    opensAt,
    ServerClock,
    splitByDay,
    splitDuration,
    statusAt,
    workedBetween,
} from "@crm_suite_helpdesk/sla/countdown";

describe.current.tags("crm_suite_helpdesk");

const HOUR = 3600;
// Office hours 8-12 and 13-17 of two days; midnight of the first is 0
const DAY = 24 * HOUR;
const HOURS = [8, 13, 32, 37].map((hour) => [hour * HOUR, (hour + 4) * HOUR]);

/** A clock that the server looked at at nine, with three hours left: due at twelve. */
function running(values = {}) {
    return {
        state: "running",
        now: 9 * HOUR,
        left: 3 * HOUR,
        deadline: 12 * HOUR,
        risk: 11 * HOUR,
        hours: HOURS,
        ...values,
    };
}

/** Every second, one by one: slow and obviously right. */
function countSeconds(spans, start, end) {
    let count = 0;
    for (let second = start; second < end; second++) {
        count += spans.some(([a, b]) => a <= second && second < b);
    }
    return count;
}

test("working time between two instants, second by second", () => {
    const spans = [
        [3, 7],
        [10, 12],
        [20, 33],
    ];
    for (let start = 0; start < 40; start += 3) {
        for (let end = start; end < 40; end++) {
            expect(workedBetween(spans, start, end)).toBe(countSeconds(spans, start, end));
        }
    }
});

test("what is left follows the working hours, not the clock on the wall", () => {
    const live = running({ left: 5 * HOUR, deadline: 15 * HOUR });
    expect(leftAt(live, 9 * HOUR)).toBe(5 * HOUR);
    expect(leftAt(live, 11 * HOUR)).toBe(3 * HOUR);
    expect(leftAt(live, 12.5 * HOUR)).toBe(2 * HOUR, { message: "nothing passes over lunch" });
    expect(leftAt(live, 15 * HOUR)).toBe(0, { message: "nothing is left at the deadline" });
    expect(leftAt(live, DAY)).toBe(-2 * HOUR, { message: "late in working time, too" });
    expect(leftAt(live, DAY + 9 * HOUR)).toBe(-3 * HOUR);
});

test("a clock that stands still keeps what it has", () => {
    const live = running({ state: "paused", deadline: null, risk: null, hours: [] });
    expect(leftAt(live, 20 * DAY)).toBe(3 * HOUR);
    expect(statusAt(live, 20 * DAY)).toBe("paused");
    expect(nextChangeAt(live, 10 * HOUR)).toBe(Infinity);
});

test("the state turns by itself: on track, at risk, overdue", () => {
    const live = running();
    expect(statusAt(live, 11 * HOUR - 1)).toBe("on_track");
    expect(statusAt(live, 11 * HOUR)).toBe("at_risk");
    expect(statusAt(live, 12 * HOUR)).toBe("at_risk", { message: "the deadline is in time" });
    expect(statusAt(live, 12 * HOUR + 1)).toBe("overdue");
});

test("what has ended keeps its result", () => {
    for (const result of ["met", "missed", "forgiven"]) {
        expect(statusAt(running({ state: "stopped", result }), 20 * DAY)).toBe(result);
    }
    expect(statusAt(running({ state: "cancelled" }), 20 * DAY)).toBe("cancelled");
});

test("a deadline that nobody can say is never late", () => {
    const live = running({ deadline: null, risk: null, left: null });
    expect(statusAt(live, 20 * DAY)).toBe("on_track");
    expect(leftAt(live, 20 * DAY)).toBe(null);
});

test("it says when it rests and when it goes on", () => {
    const live = running({ deadline: DAY + 12 * HOUR, risk: null, left: 10 * HOUR });
    expect(isCounting(live, 10 * HOUR)).toBe(true);
    expect(opensAt(live, 10 * HOUR)).toBe(null);
    expect(isCounting(live, 12 * HOUR)).toBe(false);
    expect(opensAt(live, 12 * HOUR)).toBe(13 * HOUR);
    expect(opensAt(live, 18 * HOUR)).toBe(DAY + 8 * HOUR);
    expect(opensAt(live, 3 * DAY)).toBe(null, { message: "nothing is known that far ahead" });
});

test("it wakes only for what can be seen", () => {
    const live = running({ left: 6 * HOUR + 30, deadline: DAY, risk: null });
    expect(nextChangeAt(live, 9 * HOUR)).toBe(9 * HOUR + 31, { message: "the minute is over" });
    expect(nextChangeAt(live, 12 * HOUR)).toBe(13 * HOUR, { message: "rests over lunch" });
    expect(nextChangeAt(live, 18 * HOUR)).toBe(DAY + 1, { message: "and until it is late" });
    expect(nextChangeAt(live, DAY + 1)).toBe(DAY + 8 * HOUR, { message: "and over night" });
    const close = running({ left: 120, deadline: 9 * HOUR + 120, risk: null });
    expect(nextChangeAt(close, 9 * HOUR)).toBe(9 * HOUR + 1, { message: "seconds count" });
    const late = running({ left: -2 * HOUR, deadline: 7 * HOUR, risk: null });
    expect(nextChangeAt(late, 9 * HOUR)).toBe(9 * HOUR + 60);
    const risky = running({ left: 3 * HOUR, risk: 9 * HOUR + 10 });
    expect(nextChangeAt(risky, 9 * HOUR + 2)).toBe(9 * HOUR + 10, { message: "the colour turns" });
});

test("whatever is shown, nothing changes before it wakes", () => {
    const live = running({ left: 3 * HOUR, deadline: 12 * HOUR, risk: 11 * HOUR });
    const show = (at) => {
        const { hours, minutes, seconds } = splitDuration(leftAt(live, at));
        return [statusAt(live, at), isCounting(live, at), hours, minutes, seconds].join();
    };
    let at = 9 * HOUR;
    while (at < DAY + 10 * HOUR) {
        const next = nextChangeAt(live, at);
        expect(next).toBeGreaterThan(at);
        const end = Math.min(next, DAY + 10 * HOUR);
        for (let second = at + 1; second < end; second += 7) {
            if (show(second) !== show(at)) {
                expect(second).toBe(next, { message: "something changed while it slept" });
            }
        }
        at = next;
    }
});

test("amounts are whole hours and minutes, and seconds when it is close", () => {
    expect(splitDuration(30 * HOUR + 125)).toEqual({ hours: 30, minutes: 2, seconds: null });
    expect(splitDuration(-299)).toEqual({ hours: 0, minutes: 4, seconds: 59 });
    expect(splitDuration(0)).toEqual({ hours: 0, minutes: 0, seconds: 0 });
});

test("the way to a deadline, day by day, cut at midnight", () => {
    const endOfDay = (instant) => (Math.floor(instant / DAY) + 1) * DAY;
    const days = splitByDay([...HOURS, [DAY + 20 * HOUR, 3 * DAY + HOUR]], endOfDay);
    expect(days.map(({ worked }) => worked / HOUR)).toEqual([8, 12, 24, 1]);
    expect(days[1].spans.at(-1)).toEqual([DAY + 20 * HOUR, 2 * DAY]);
    expect(splitByDay([], endOfDay)).toEqual([]);
});

test("the present of the server does not depend on the date of this machine", () => {
    const clock = new ServerClock();
    // The age of the machine is all that is ever read: its date may be years away
    clock.hear(1000, 50);
    expect(clock.present(50)).toBe(1000);
    expect(clock.present(110)).toBe(1060);
});

test("what was heard late does not turn the present back", () => {
    const clock = new ServerClock();
    clock.hear(1000, 50);
    // Read long ago, shown for the first time now
    clock.hear(1000, 80);
    expect(clock.present(80)).toBe(1030);
    // A quicker answer comes nearer to the truth
    clock.hear(1062, 110);
    expect(clock.present(110)).toBe(1062);
});

test("a machine that slept learns the present again", () => {
    const clock = new ServerClock();
    clock.hear(1000, 50);
    // An hour of sleep, during which it did not age
    clock.hear(4620, 70, 69);
    expect(clock.present(70)).toBe(4620);
    // And one that aged too fast is brought back: it cannot be later than had it been answered at once
    clock.hear(4630, 200, 199);
    expect(clock.present(199)).toBe(4631);
});

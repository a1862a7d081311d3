/**
 * What is left of the time that was promised, at any instant, from what the server said once.
 *
 * The server sends for each ticket (`sla_live`), in epoch seconds of its own clock:
 *   now       when it looked
 *   state     "running", "paused", "stopped" or "cancelled"
 *   result    "met", "missed", "forgiven": how a stopped clock ended
 *   left      seconds of working time that were left then; negative when late
 *   deadline  when nothing is left; null when it stands still, or when nobody can say
 *   risk      from when it is at risk
 *   hours     [start, end] spans of working time from `now` until `until`
 *
 * Nothing here reads the clock of the machine in front of the reader.
 */

const MINUTE = 60;
// With so little left, or so little over, seconds are shown
const CLOSE = 5 * MINUTE;

/** Seconds of working time between two instants. */
export function workedBetween(spans, start, end) {
    let worked = 0;
    for (const [opening, closing] of spans) {
        worked += Math.max(0, Math.min(closing, end) - Math.max(opening, start));
    }
    return worked;
}

/** Seconds that are left at `present`; negative when late. */
export function leftAt(live, present) {
    return live.state === "running" && live.left !== null
        ? live.left - workedBetween(live.hours, live.now, present)
        : live.left;
}

/** @returns {"on_track"|"at_risk"|"overdue"|"paused"|"met"|"missed"|"forgiven"|"cancelled"} */
export function statusAt(live, present) {
    if (live.state === "stopped") {
        return live.result || "met";
    }
    if (live.state !== "running") {
        return live.state;
    }
    if (live.deadline !== null && present > live.deadline) {
        return "overdue";
    }
    return live.risk !== null && live.risk <= present ? "at_risk" : "on_track";
}

/** Whether time is counted at `present`: a running clock rests outside of the working hours. */
export function isCounting(live, present) {
    return live.state === "running" && live.hours.some(([a, b]) => a <= present && present < b);
}

/** When the next working time begins; null when it has begun, or none is known. */
export function opensAt(live, present) {
    if (live.state !== "running" || isCounting(live, present)) {
        return null;
    }
    return live.hours.find(([opening]) => opening > present)?.[0] ?? null;
}

/**
 * The first instant after `present` at which something else has to be shown; Infinity when nothing
 * changes by itself.
 */
export function nextChangeAt(live, present) {
    if (live.state !== "running") {
        return Infinity;
    }
    // The deadline itself is still in time
    const turns = [live.risk, live.deadline === null ? null : live.deadline + 1];
    turns.push(...live.hours.flat());
    if (isCounting(live, present) && live.left !== null) {
        const left = leftAt(live, present);
        if (Math.abs(left) <= CLOSE) {
            turns.push(present + 1);
        } else {
            const rest = Math.abs(left) % MINUTE;
            // Minutes that are left are shown until they are over, minutes too many once they are full
            turns.push(present + (left > 0 ? rest + 1 : MINUTE - rest));
        }
    }
    return Math.min(...turns.filter((turn) => turn !== null && turn > present), Infinity);
}

/**
 * Parts of an amount of time to be shown. Whole hours, never days: a day of work has no fixed length.
 *
 * @returns {{hours: number, minutes: number, seconds: number|null}}
 */
export function splitDuration(seconds) {
    const whole = Math.floor(Math.abs(seconds));
    return {
        hours: Math.floor(whole / 3600),
        minutes: Math.floor((whole % 3600) / MINUTE),
        seconds: whole < CLOSE ? whole % MINUTE : null,
    };
}

/**
 * Spans of working time by day; one that goes on over midnight is cut there.
 *
 * @param {[number, number][]} spans
 * @param {(instant: number) => number} endOfDay the midnight after an instant
 * @returns {{spans: [number, number][], worked: number}[]}
 */
export function splitByDay(spans, endOfDay) {
    const days = [];
    let end = -Infinity;
    for (const [opening, closing] of spans) {
        for (let start = opening; start < closing;) {
            if (start >= end) {
                end = endOfDay(start);
                days.push({ spans: [], worked: 0 });
            }
            const stop = Math.min(closing, end);
            days.at(-1).spans.push([start, stop]);
            days.at(-1).worked += stop - start;
            start = stop;
        }
    }
    return days;
}

/**
 * The clock of the server, as seen from here.
 *
 * `age` of this machine (`performance.now()`, in seconds) only ever goes forward, whatever date it
 * believes in. What the server says is a little old when it arrives, so its present is never before what
 * it said; and if we know when we asked, never after what it would be had it answered at once.
 */
export class ServerClock {
    offset = null;

    /**
     * @param {number} now what the server said
     * @param {number} heardAt age of this machine when it was heard
     * @param {number} [askedAt] age of this machine when it was asked
     */
    hear(now, heardAt, askedAt = -Infinity) {
        const lowest = now - heardAt;
        // The server leaves out parts of a second
        const highest = now + 1 - askedAt;
        this.offset = Math.min(Math.max(this.offset ?? lowest, lowest), highest);
    }

    /** Epoch seconds of the server at this age of the machine. */
    present(age) {
        return this.offset + age;
    }
}

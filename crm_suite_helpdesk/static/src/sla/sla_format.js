import { _t } from "@web/core/l10n/translation";

import { splitDuration } from "./countdown";

const { DateTime, Settings } = luxon;

function format(number, options) {
    return new Intl.NumberFormat(Settings.defaultLocale, {
        numberingSystem: Settings.defaultNumberingSystem,
        useGrouping: false,
        ...options,
    }).format(number);
}

/** A whole number, in the digits in which dates are written. */
export function digits(number, least = 1) {
    return format(number, { minimumIntegerDigits: least });
}

/** A part of 1 in percent, rounded down: not 100 % while something is missing. */
export function formatShare(share) {
    return format(Math.floor(share * 100) / 100, { style: "percent" });
}

/** An amount of working time in words: 3 h 20 min. */
export function formatWork(seconds) {
    const { hours, minutes, seconds: rest } = splitDuration(seconds);
    if (rest !== null) {
        return minutes
            ? _t("%(minutes)s min %(seconds)s s", {
                  minutes: digits(minutes),
                  seconds: digits(rest, 2),
              })
            : _t("%(seconds)s s", { seconds: digits(rest) });
    }
    return hours
        ? _t("%(hours)s h %(minutes)s min", { hours: digits(hours), minutes: digits(minutes, 2) })
        : _t("%(minutes)s min", { minutes: digits(minutes) });
}

/** An amount of working time to the second, for arithmetic: 3:20:05 or 3:20. */
export function formatExact(seconds) {
    const whole = Math.abs(Math.round(seconds));
    const parts = [digits(Math.floor(whole / 3600)), digits(Math.floor((whole % 3600) / 60), 2)];
    if (whole % 60) {
        parts.push(digits(whole % 60, 2));
    }
    // Figures have no direction of their own: the sign stays in front of them
    return `\u2066${seconds < 0 ? "−" : ""}${parts.join(":")}\u2069`;
}

export function toDateTime(epoch) {
    return DateTime.fromSeconds(epoch);
}

/** When, as short as it can be understood at `present`: the time, the weekday, or the day. */
export function formatMoment(epoch, present) {
    const moment = toDateTime(epoch);
    const today = toDateTime(present).startOf("day");
    const days = moment.startOf("day").diff(today, "days").days;
    const time = { hour: "numeric", minute: "2-digit" };
    if (!days) {
        return moment.toLocaleString(time);
    }
    if (Math.abs(days) < 6) {
        return moment.toLocaleString({ weekday: "short", ...time });
    }
    const year = moment.year === today.year ? {} : { year: "numeric" };
    return moment.toLocaleString({ day: "numeric", month: "short", ...year, ...time });
}

/** When, in full: weekday, day, year, and time. */
export function formatFullMoment(epoch) {
    return toDateTime(epoch).toLocaleString({
        weekday: "short",
        day: "numeric",
        month: "short",
        year: "numeric",
        hour: "numeric",
        minute: "2-digit",
    });
}

export function formatTime(epoch) {
    return toDateTime(epoch).toLocaleString({ hour: "numeric", minute: "2-digit" });
}

export function formatDay(epoch) {
    return toDateTime(epoch).toLocaleString({
        weekday: "short",
        day: "numeric",
        month: "short",
        year: "numeric",
    });
}

/** The midnight after an instant, where the reader is. */
export function endOfDay(epoch) {
    return toDateTime(epoch).startOf("day").plus({ days: 1 }).toSeconds();
}

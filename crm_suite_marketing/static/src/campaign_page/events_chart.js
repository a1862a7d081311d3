/* global Chart */

import { loadBundle } from "@web/core/assets";
import { browser } from "@web/core/browser/browser";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { deserializeDateTime, serializeDateTime } from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";

import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";

const FORMATS = { hour: "ccc d, HH:mm", day: "d LLL", week: "d LLL yyyy", month: "LLL yyyy" };
// each series has a colour of its own
const COLORS = 9;
const STEPS = { hour: { hours: 1 }, day: { days: 1 }, week: { weeks: 1 }, month: { months: 1 } };

/** What happened to messages, by the hour, day, week or month. A point opens its records. */
export class EventsChart extends Component {
    static template = "crm_suite_marketing.EventsChart";
    static props = { timeline: Object, withPrograms: Boolean, open: Function };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [JSON.stringify(this.props.timeline), this.props.withPrograms]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    get series() {
        const series = [
            ["sent", _t("Sent"), 1],
            ["opened", _t("Opened"), 2],
            ["clicked", _t("Clicked"), 3],
            ["replied", _t("Replied"), 4],
            ["bounced", _t("Bounced"), 5],
            ["unsubscribed", _t("Unsubscribed or Spam"), 6],
        ];
        if (this.props.withPrograms) {
            series.push(
                ["program_open", _t("Opened by Programs"), 7],
                ["program_click", _t("Clicked by Programs"), 8]
            );
        }
        return series.filter(([name]) => this.props.timeline.series[name]);
    }

    draw() {
        this.chart?.destroy();
        const { timeline } = this.props;
        // as the page is, which need not be as the cookie says: Community has no dark style
        const text = getComputedStyle(this.canvas.el).color;
        const isDark = Math.min(...text.match(/\d+/g).slice(0, 3)) > 128;
        const scheme = isDark ? "dark" : "light";
        const grid = getCustomColor(scheme, "#d8dadd", "#3C3E4B");
        const isRtl = localization.direction === "rtl";
        const moments = timeline.steps.map((value) => deserializeDateTime(value));
        const series = this.series;
        const isNarrow = browser.innerWidth < 576;
        this.chart = new Chart(this.canvas.el, {
            type: "line",
            data: {
                labels: moments.map((moment) => moment.toFormat(FORMATS[timeline.unit])),
                datasets: series.map(([name, label, color]) => ({
                    label,
                    data: timeline.series[name],
                    borderColor: getColor(color, scheme, COLORS),
                    backgroundColor: getColor(color, scheme, COLORS),
                    borderDash: name.startsWith("program_") ? [4, 4] : [],
                    borderWidth: 2,
                    pointRadius: moments.length > 40 ? 1 : 3,
                    tension: 0,
                })),
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "nearest", intersect: false },
                onClick: (_event, [point]) => {
                    if (point) {
                        const start = moments[point.index];
                        this.props.open(series[point.datasetIndex][0], {
                            date_from: serializeDateTime(start),
                            date_to: serializeDateTime(start.plus(STEPS[timeline.unit])),
                        });
                    }
                },
                plugins: {
                    legend: {
                        position: isNarrow ? "bottom" : "top",
                        rtl: isRtl,
                        labels: { color: text, boxWidth: 12 },
                    },
                    tooltip: { rtl: isRtl },
                },
                scales: {
                    x: {
                        reverse: isRtl,
                        ticks: { color: text, maxRotation: 0, autoSkipPadding: 16 },
                        grid: { color: grid },
                    },
                    y: {
                        beginAtZero: true,
                        position: isRtl ? "right" : "left",
                        ticks: { color: text, precision: 0 },
                        grid: { color: grid },
                    },
                },
            },
        });
    }
}

import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    defineModels,
    fields,
    getService,
    models,
    mountView,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";

import { browser } from "@web/core/browser/browser";

import { Component, useState, xml } from "@odoo/owl";

import { SlaCountdown } from "@crm_suite_helpdesk/sla/sla_countdown";

describe.current.tags("crm_suite_helpdesk");
defineMailModels();

const HOUR = 3600;
// Monday, 2 March 2026, nine o'clock
const NINE = Date.UTC(2026, 2, 2, 9) / 1000;

function running(id, values = {}) {
    return {
        id,
        now: NINE,
        state: "running",
        result: false,
        metric: "First response",
        left: HOUR,
        deadline: NINE + HOUR,
        risk: NINE + HOUR / 2,
        hours: [[NINE - HOUR, NINE + 3 * HOUR]],
        since: NINE - HOUR,
        cause: false,
        ...values,
    };
}

class Ticket extends models.Model {
    _name = "crm.ticket";

    name = fields.Char();
    sla_deadline = fields.Datetime();
    sla_live = fields.Json();

    _records = [
        { id: 1, name: "Printer", sla_deadline: "2026-03-02 10:00:00", sla_live: running(1) },
        {
            id: 2,
            name: "Lamp",
            sla_live: running(2, {
                state: "paused",
                deadline: null,
                risk: null,
                hours: [],
                left: 2 * HOUR,
                cause: "customer",
            }),
        },
        { id: 3, name: "Nothing was promised", sla_live: false },
    ];
}

defineModels([Ticket]);

let asked;
let answers;

/** The age of the machine goes on with the timers of the test, whatever date it believes in. */
function mockAge() {
    const start = Date.now();
    patchWithCleanup(browser, { performance: { now: () => Date.now() - start + 5000 } });
}

beforeEach(() => {
    asked = [];
    answers = {};
    onRpc("crm.ticket", "get_sla_live", ({ args }) => {
        asked.push(args[0]);
        return { now: NINE + Math.floor(browser.performance.now() / 1000) - 5, live: answers };
    });
});

async function mountList() {
    mockAge();
    await mountView({
        type: "list",
        resModel: "crm.ticket",
        arch: `
            <list>
                <field name="name"/>
                <field name="sla_deadline" widget="crm_sla_time"/>
            </list>`,
    });
}

function texts() {
    return queryAllTexts(".o_crm_sla_live .badge span:not(.visually-hidden)");
}

function status(row = 1) {
    return queryOne(`.o_data_row:nth-child(${row}) .o_crm_sla_live`).dataset.status;
}

for (const date of ["2026-03-02 02:00:00", "2026-03-02 19:00:00", "2019-01-01 00:00:00"]) {
    test(`the date of the machine does not matter: it believes in ${date}`, async () => {
        mockDate(date);
        await mountList();
        expect(texts()[0]).toBe("1 h 00 min left");
        expect(status()).toBe("on_track");
        await advanceTime(45 * 60 * 1000);
        expect(texts()[0]).toBe("15 min left");
        expect(status()).toBe("at_risk");
    });
}

test("colour and text stay true while the page is open", async () => {
    mockDate("2031-01-01 00:00:00");
    await mountList();
    await advanceTime(10 * 60 * 1000);
    expect(texts()[0]).toBe("50 min left");
    expect(status()).toBe("on_track");
    await advanceTime(20 * 60 * 1000 + 500);
    expect(status()).toBe("at_risk");
    expect(".o_data_row:nth-child(1) .badge").toHaveClass("text-bg-warning");
    await advanceTime(30 * 60 * 1000 + 1000);
    expect(status()).toBe("overdue");
    expect(".o_data_row:nth-child(1) .badge").toHaveClass("text-bg-danger");
    await advanceTime(3600 * 1000);
    expect(texts()[0]).toBe("1 h 00 min late");
});

test("outside of the working hours it says so and stands still", async () => {
    Ticket._records[0].sla_live = running(1, {
        deadline: NINE + 26 * HOUR,
        risk: NINE + 25 * HOUR,
        left: 3 * HOUR,
        hours: [
            [NINE - HOUR, NINE + HOUR],
            [NINE + 24 * HOUR, NINE + 30 * HOUR],
        ],
    });
    await mountList();
    await advanceTime(2 * 3600 * 1000);
    expect(texts()[0]).toBe("2 h 00 min left");
    expect(".o_data_row:nth-child(1) .fa-moon-o").toHaveCount(1);
    await advanceTime(3 * 3600 * 1000);
    expect(texts()[0]).toBe("2 h 00 min left");
});

test("paused: why, and since when", async () => {
    await mountList();
    expect(status(2)).toBe("paused");
    expect(texts()[1]).toMatch(/^Customer since /);
    expect(queryOne(".o_data_row:nth-child(2) .o_crm_sla_live").title).toMatch(
        /Waiting for the customer · 2 h 00 min left/
    );
    expect(".o_data_row:nth-child(3) .o_crm_sla_live").toHaveCount(0);
});

test("one question a minute for everything, and the answer is shown", async () => {
    await mountList();
    answers[1] = running(1, { state: "stopped", result: "met", now: NINE + 60, left: null });
    await advanceTime(59 * 1000);
    expect(asked).toHaveLength(0);
    await advanceTime(2 * 1000);
    await animationFrame();
    expect(asked).toHaveLength(1);
    expect([...asked[0]].sort()).toEqual([1, 2, 3]);
    expect(status()).toBe("met");
});

test("without the server it goes on counting", async () => {
    onRpc("crm.ticket", "get_sla_live", () => {
        throw new Error("no network");
    });
    await mountList();
    await advanceTime(5 * 60 * 1000);
    expect(texts()[0]).toBe("55 min left");
});

test("one timer for all, and none when nothing is shown any more", async () => {
    class Parent extends Component {
        static components = { SlaCountdown };
        static props = ["*"];
        static template = xml`
            <t t-foreach="[1, 2]" t-as="id" t-key="id">
                <SlaCountdown t-if="state.shown" resModel="'crm.ticket'" resId="id" live="live(id)"/>
            </t>`;
        setup() {
            this.state = useState({ shown: true, left: HOUR });
        }
        live(id) {
            return running(id, { left: this.state.left });
        }
    }
    mockAge();
    const parent = await mountWithCleanup(Parent);
    const clock = getService("crm_sla_clock");
    expect(clock.members.size).toBe(2);
    expect(clock.timer).not.toBe(null);
    parent.state.left = HOUR / 2;
    await animationFrame();
    expect(texts()).toEqual(["30 min left", "30 min left"]);
    parent.state.shown = false;
    await animationFrame();
    expect(clock.members.size).toBe(0);
    expect(clock.timer).toBe(null);
    await advanceTime(10 * 60 * 1000);
    expect(asked).toHaveLength(0);
});

import { describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryAllAttributes } from "@odoo/hoot-dom";
import { animationFrame, mockDate, mockTimeZone } from "@odoo/hoot-mock";
import { Deferred } from "@web/core/utils/concurrency";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { mockService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";

import { CrmTimeline } from "@crm_suite/timeline/timeline";

describe.current.tags("crm_suite");
defineMailModels();

const SOURCES = [
    { key: "interaction", label: "Interactions", icon: "fa-comments-o", chip: "Interactions" },
    { key: "invoice", label: "Invoices", icon: "fa-file-text-o", chip: "Invoices" },
    { key: "sent", label: "Campaign Mail", icon: "fa-bullhorn", chip: "Campaigns" },
    { key: "opened", label: "Campaign Opened", icon: "fa-envelope-open-o", chip: "Campaigns" },
];

function row(id, date, values = {}) {
    return {
        source: "interaction",
        id,
        date,
        label: "Phone",
        icon: "fa-phone",
        res_model: "crm.interaction",
        res_id: id,
        title: `Call ${id}`,
        ...values,
    };
}

/** Serves pages in turn and notes what was asked for. */
function servePages(...pages) {
    onRpc("crm.timeline", "get_sources", () => SOURCES);
    onRpc("crm.timeline", "get_page", ({ args, kwargs }) => {
        expect.step([args[1], kwargs.cursor, kwargs.sources]);
        const page = pages.shift() || { rows: [], cursor: null };
        if (page instanceof Error) {
            throw page;
        }
        return page;
    });
}

async function mountTimeline(props = {}) {
    mockDate("2026-03-10 12:00:00");
    mockTimeZone(+3);
    const timeline = await mountWithCleanup(CrmTimeline, { props: { partnerId: 7, ...props } });
    await animationFrame();
    return timeline;
}

test("rows are grouped by the day of the reader", async () => {
    servePages({
        rows: [
            row(5, "2026-03-12 08:00:00"),
            // 01:30 on the tenth where the reader is
            row(4, "2026-03-09 22:30:00", { state: "Interested", author: "Omar", preview: "Soon" }),
            row(3, "2026-03-09 10:00:00"),
            row(2, "2026-02-01 00:00:00", { source: "invoice", date_only: true, amount: "$ 5.00" }),
        ],
        cursor: null,
    });
    await mountTimeline();
    expect.verifySteps([[7, null, null]]);
    expect(queryAllTexts(".o_crm_timeline_day h6")).toEqual([
        "March 12, 2026",
        "Today",
        "Yesterday",
        "February 1, 2026",
    ]);
    expect(".o_crm_timeline_day:first .badge").toHaveText("Planned");
    expect(".o_crm_timeline_day:eq(1)").toHaveText(/Call 4\s+Interested\s+Soon/);
    expect(".o_crm_timeline_day:last").toHaveText(/\$ 5.00/);
    expect(".o_crm_timeline_more").toHaveCount(0);
});

test("more is loaded from the cursor on", async () => {
    servePages(
        { rows: [row(2, "2026-03-01 08:00:00")], cursor: ["2026-03-01T08:00:00", "x", 2, 1] },
        { rows: [row(1, "2026-03-01 07:00:00")], cursor: null }
    );
    await mountTimeline();
    await click(".o_crm_timeline_more");
    await animationFrame();
    expect.verifySteps([
        [7, null, null],
        [7, ["2026-03-01T08:00:00", "x", 2, 1], null],
    ]);
    expect(queryAllTexts(".o_crm_timeline_row a")).toEqual(["Call 2", "Call 1"]);
    expect(".o_crm_timeline_day").toHaveCount(1);
    expect(".o_crm_timeline_more").toHaveCount(0);
});

test("chips filter; sources can share a chip", async () => {
    servePages();
    await mountTimeline();
    expect(queryAllAttributes("[data-source]", "data-source")).toEqual([
        "interaction",
        "invoice",
        "sent",
    ]);
    await click("[data-source=sent]");
    await animationFrame();
    await click("[data-source=invoice]");
    await animationFrame();
    expect("[data-source=sent]").toHaveClass("active");
    await click("[data-source=sent]");
    await animationFrame();
    await click("[data-source=invoice]");
    await animationFrame();
    expect.verifySteps([
        [7, null, null],
        [7, null, ["sent", "opened"]],
        [7, null, ["sent", "opened", "invoice"]],
        [7, null, ["invoice"]],
        [7, null, null],
    ]);
});

test("a click opens the record; nothing to open, nothing to click", async () => {
    mockService("action", {
        doAction({ res_model, res_id }) {
            expect.step([res_model, res_id]);
        },
    });
    servePages({
        rows: [
            row(2, "2026-03-01 08:00:00", { res_model: "sale.order", res_id: 9 }),
            row(1, "2026-03-01 07:00:00", { res_model: false, res_id: false }),
        ],
        cursor: null,
    });
    await mountTimeline();
    expect(".o_crm_timeline_row:last a").toHaveCount(0);
    await click(".o_crm_timeline_row:first a");
    expect.verifySteps([
        [7, null, null],
        ["sale.order", 9],
    ]);
});

test("loading, then empty", async () => {
    const served = new Deferred();
    onRpc("crm.timeline", "get_sources", () => SOURCES);
    onRpc("crm.timeline", "get_page", async () => {
        await served;
        return { rows: [], cursor: null };
    });
    await mountTimeline();
    expect(".o_crm_timeline_loading").toHaveCount(1);
    served.resolve();
    await animationFrame();
    await animationFrame();
    expect(".o_crm_timeline_loading").toHaveCount(0);
    expect(".o_crm_timeline_empty").toHaveText(/No history with this customer yet/);
});

test("an error is told and can be retried", async () => {
    servePages(new Error("no"), { rows: [row(1, "2026-03-01 08:00:00")], cursor: null });
    await mountTimeline();
    expect(".alert").toHaveText(/could not be loaded/);
    await click(".alert button");
    await animationFrame();
    expect(".alert").toHaveCount(0);
    expect(".o_crm_timeline_row").toHaveCount(1);
    expect.verifySteps([
        [7, null, null],
        [7, null, null],
    ]);
});

test("without a contact nothing is asked for", async () => {
    servePages();
    await mountTimeline({ partnerId: false });
    expect(".o_crm_timeline").toHaveCount(1);
    expect(".o_crm_timeline_log").toHaveCount(0);
    expect.verifySteps([]);
});

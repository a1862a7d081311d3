import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

import { Component, onMounted, onWillUnmount, useRef, useState } from "@odoo/owl";

const LEAST_HEIGHT = 24;
const AROUND = 4;
const CONTENTS = "input, textarea, select, button, img, svg, canvas, table, [contenteditable]";

/**
 * The places of a form to point at, drawn over it: each field with a button before and after it,
 * each tab with one inside it. It lies in the sheet, so that it scrolls with it.
 */
export class ShapeSpots extends Component {
    static template = "crm_suite.ShapeSpots";
    static props = { record: Object, "*": true };

    setup() {
        this.shape = useState(this.env.crmShape);
        this.state = useState({ spots: [], pages: [], headers: [] });
        this.root = useRef("root");
        this.measure = this.measure.bind(this);
        this.schedule = this.schedule.bind(this);
        this.rememberPage = this.rememberPage.bind(this);
        onMounted(() => {
            this.sheet = this.root.el.closest(".o_form_sheet, .o_form_renderer");
            this.resizes = new ResizeObserver(this.schedule);
            this.resizes.observe(this.sheet);
            this.mutations = new MutationObserver((mutations) => {
                if (mutations.some(({ target }) => !this.root.el?.contains(target))) {
                    this.schedule();
                }
            });
            this.mutations.observe(this.sheet, {
                childList: true,
                subtree: true,
                attributes: true,
                attributeFilter: ["class"],
            });
            this.sheet.addEventListener("click", this.rememberPage);
            this.openPage();
            this.measure();
        });
        onWillUnmount(() => {
            this.sheet.removeEventListener("click", this.rememberPage);
            this.resizes.disconnect();
            this.mutations.disconnect();
            cancelAnimationFrame(this.frame);
        });
    }

    schedule() {
        cancelAnimationFrame(this.frame);
        this.frame = requestAnimationFrame(this.measure);
    }

    /** A form that is drawn again opens its first tab: go back to the one that was open. */
    openPage() {
        const { page } = this.shape;
        const header = page && this.headers.find((header) => header.getAttribute("name") === page);
        if (header && !header.classList.contains("active")) {
            header.click();
        }
    }

    rememberPage(ev) {
        const header = ev.target.closest(".o_notebook_headers .nav-link");
        if (header && this.headers.includes(header)) {
            this.shape.page = header.getAttribute("name");
        }
    }

    get headers() {
        return [...this.sheet.querySelectorAll(".o_notebook_headers .nav-link")].filter(
            (header) => !header.closest(".o_field_widget")
        );
    }

    // ------------------------------------------------------------------
    // Where things are
    // ------------------------------------------------------------------

    measure() {
        if (!this.root.el || !this.shape.isActive) {
            return;
        }
        this.origin = this.root.el.getBoundingClientRect();
        this.isReversed = getComputedStyle(this.root.el).direction === "rtl";
        this.set("spots", [...this.findFields(), ...this.findGhosts()]);
        this.set("pages", this.findPages());
        this.set("headers", this.findHeaders());
    }

    set(name, value) {
        if (JSON.stringify(this.state[name]) !== JSON.stringify(value)) {
            this.state[name] = value;
        }
    }

    findFields() {
        const seen = new Set();
        const spots = [];
        for (const element of this.sheet.querySelectorAll(".o_field_widget[name]")) {
            const name = element.getAttribute("name");
            const anchor = this.shape.getAnchor(name);
            const own = this.shape.getField(name);
            if (
                seen.has(name) ||
                (!anchor && !own) ||
                !this.isShown(element) ||
                element.parentElement.closest(".o_field_widget") ||
                element.closest(".o_crm_ghost")
            ) {
                continue;
            }
            seen.add(name);
            spots.push({
                key: `field-${name}`,
                name,
                id: own?.id || false,
                canHold: Boolean(anchor),
                label: anchor?.label || own.label,
                // labels within it are not those of fields that something can stand beside
                isTitled: element.classList.contains("o_field_properties"),
                style: this.locate(this.getBox(element)),
            });
        }
        return spots;
    }

    /** A widget that shows nothing just now is no place to point at, unless it has a label. */
    isShown(element) {
        const cell = element.closest(".o_cell");
        if (cell?.previousElementSibling?.classList.contains("o_wrap_label")) {
            return cell.offsetHeight > 0;
        }
        return (
            element.offsetHeight > 2 &&
            Boolean(element.innerText.trim() || element.querySelector(CONTENTS))
        );
    }

    findGhosts() {
        return [...this.sheet.querySelectorAll(".o_crm_ghost[data-key]")]
            .filter((element) => element.getClientRects().length)
            .map((element) => {
                const { key } = element.dataset;
                const ghost = this.shape.getGhost(key);
                const moved = this.shape.getField(key);
                return {
                    key: `ghost-${key}`,
                    ghost: ghost ? key : false,
                    id: moved?.id || false,
                    name: moved ? key : false,
                    canHold: Boolean(ghost),
                    label: ghost ? this.shape.label(ghost) : moved?.label || "",
                    style: this.locate(this.getBox(element)),
                };
            });
    }

    /** Where something can be added to the tab that is open. */
    findPages() {
        const active = this.headers.find((header) => header.classList.contains("active"));
        const name = active?.getAttribute("name");
        const page = this.shape.pages.find((page) => page.name === name);
        const pane = active?.closest(".o_notebook").querySelector(".tab-pane");
        if (!page || !pane) {
            return [];
        }
        const box = pane.getBoundingClientRect();
        return [
            {
                name,
                label: page.label,
                place: page.place,
                style: this.locate({ ...rect(box), top: box.bottom - 34, bottom: box.bottom }),
            },
        ];
    }

    /** Where a tab can be added: after the last one. */
    findHeaders() {
        const last = this.headers.at(-1);
        if (!last) {
            return [];
        }
        const box = last.getBoundingClientRect();
        const left = this.isReversed ? box.left - 36 : box.right + 6;
        return [this.locate({ left, right: left + 30, top: box.top + 4, bottom: box.bottom - 4 })];
    }

    /** A field with its label, as far as they stand side by side. */
    getBox(element) {
        const cell = element.closest(".o_cell");
        const box = rect((cell || element).getBoundingClientRect());
        const label = cell?.previousElementSibling;
        if (label?.classList.contains("o_wrap_label")) {
            const other = label.getBoundingClientRect();
            box.left = Math.min(box.left, other.left);
            box.right = Math.max(box.right, other.right);
            box.top = Math.min(box.top, other.top);
            box.bottom = Math.max(box.bottom, other.bottom);
        }
        box.left -= AROUND;
        box.right += AROUND;
        if (box.bottom - box.top < LEAST_HEIGHT) {
            box.bottom = box.top + LEAST_HEIGHT;
        }
        return box;
    }

    locate({ left, right, top, bottom }) {
        const x = Math.round(left - this.origin.left);
        const y = Math.round(top - this.origin.top);
        return (
            `left:${x}px;top:${y}px;` +
            `width:${Math.round(right - left)}px;height:${Math.round(bottom - top)}px`
        );
    }

    // ------------------------------------------------------------------
    // Pointing
    // ------------------------------------------------------------------

    isSelected(spot) {
        const { selected } = this.shape;
        if (!selected) {
            return false;
        }
        return spot.ghost
            ? selected.key === spot.ghost
            : selected.name === spot.name && Boolean(spot.name);
    }

    isMoving(spot) {
        const { moving } = this.shape;
        return Boolean(
            moving && (spot.ghost ? moving.key === spot.ghost : spot.id && moving.id === spot.id)
        );
    }

    onSelect(spot) {
        if (spot.ghost) {
            this.shape.select({ type: "ghost", key: spot.ghost });
        } else if (spot.id) {
            this.shape.select({ type: "field", id: spot.id, name: spot.name });
        } else {
            this.shape.select({ type: "anchor", name: spot.name });
        }
    }

    onAdd(spot, position) {
        if (spot.ghost) {
            return this.shape.putBeside(spot.ghost, position);
        }
        return this.shape.put({ anchor: spot.name, position, tab: false });
    }

    beforeLabel({ label }) {
        return this.shape.moving ? _t("Move before %s", label) : _t("Add a field before %s", label);
    }

    afterLabel({ label }) {
        return this.shape.moving ? _t("Move after %s", label) : _t("Add a field after %s", label);
    }
}

function rect({ left, right, top, bottom }) {
    return { left, right, top, bottom };
}

registry.category("view_widgets").add("crm_shape_spots", { component: ShapeSpots });

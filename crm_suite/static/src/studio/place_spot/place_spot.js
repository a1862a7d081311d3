import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SelectMenu } from "@web/core/select_menu/select_menu";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

const TAB_PREFIX = "x_cs_tab_";
const WITH_ANCHORS = ["form", "list", "search", "kanban"];

/**
 * Where a custom field is shown: before or after a field, or in a tab or group, of the real view.
 *
 * The field holds the name of the anchor; the widget also sets `position` and `tab_id`.
 */
export class PlaceSpotField extends Component {
    static template = "crm_suite.PlaceSpotField";
    static components = { SelectMenu };
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ anchors: [] });
        this.loaded = "";
        onWillStart(() => this.load(this.props));
        onWillUpdateProps((nextProps) => this.load(nextProps));
    }

    async load({ record, readonly }) {
        const { model_name: model, outlet } = record.data;
        const key = `${model}/${outlet}`;
        if (readonly || this.loaded === key || !model || !WITH_ANCHORS.includes(outlet)) {
            return;
        }
        this.loaded = key;
        this.state.anchors = [];
        const anchors = await this.orm.call(record.resModel, "get_anchors", [model], {
            outlet,
        });
        if (this.loaded === key) {
            this.state.anchors = anchors;
        }
    }

    get data() {
        return this.props.record.data;
    }

    get hasAnchors() {
        return WITH_ANCHORS.includes(this.data.outlet);
    }

    get isInside() {
        return this.data.position === "inside";
    }

    get positions() {
        const choices = [
            { value: "after", label: _t("After") },
            { value: "before", label: _t("Before") },
        ];
        if (this.data.outlet === "form") {
            choices.push({ value: "inside", label: _t("In") });
        }
        return choices;
    }

    get value() {
        if (this.isInside && this.data.tab_id) {
            return `${TAB_PREFIX}${this.data.tab_id.id}`;
        }
        return this.data[this.props.name] || "";
    }

    get placeholder() {
        return this.data.outlet === "form" ? _t("Tab “More Information”") : _t("At the end");
    }

    /** Fields by tab, or tabs and groups, as the view shows them. */
    get groups() {
        const groups = new Map();
        const kinds = this.isInside ? ["page", "group"] : ["field"];
        const own = this.data.technical_name;
        for (const anchor of this.state.anchors) {
            if (!kinds.includes(anchor.kind) || anchor.name === own) {
                continue;
            }
            let label = anchor.page_label;
            if (anchor.kind === "page") {
                label = _t("Tabs");
            } else if (anchor.kind === "group") {
                label = anchor.page_label || _t("Groups");
            }
            if (!groups.has(label)) {
                groups.set(label, { label, choices: [] });
            }
            groups.get(label).choices.push({ value: anchor.name, label: anchor.label });
        }
        return [...groups.values()];
    }

    onPosition(position) {
        const values = { position };
        if ((position === "inside") !== this.isInside) {
            // a tab is no neighbor, and a field no tab
            Object.assign(values, { [this.props.name]: false, tab_id: false });
        }
        return this.props.record.update(values);
    }

    onAnchor(name) {
        const anchor = this.state.anchors.find((each) => each.name === name);
        if (this.isInside && name && name.startsWith(TAB_PREFIX)) {
            const id = parseInt(name.slice(TAB_PREFIX.length));
            return this.props.record.update({
                [this.props.name]: false,
                tab_id: { id, display_name: anchor?.label || "" },
            });
        }
        return this.props.record.update({ [this.props.name]: name || false, tab_id: false });
    }
}

export const placeSpotField = {
    component: PlaceSpotField,
    displayName: _t("Place in a View"),
    supportedTypes: ["char"],
    fieldDependencies: [
        { name: "model_name", type: "char" },
        { name: "outlet", type: "selection" },
        { name: "position", type: "selection" },
        { name: "spot", type: "char" },
        { name: "tab_id", type: "many2one" },
        { name: "technical_name", type: "char" },
    ],
    isEmpty: () => false,
};

registry.category("fields").add("crm_place_spot", placeSpotField);

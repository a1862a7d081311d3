import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, onWillStart } from "@odoo/owl";

/** The kinds of events of a timeline as buttons; the field holds their keys, joined by commas. */
export class CrmTimelineKindsField extends Component {
    static template = "crm_suite.TimelineKindsField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.chips = [];
        onWillStart(async () => {
            const { res_model: resModel, res_id: resId } = this.props.record.data;
            if (resModel && resId) {
                const sources = await this.orm.call("crm.timeline", "get_sources", [
                    resModel,
                    resId,
                ]);
                this.chips = getChips(sources);
            }
        });
    }

    get keys() {
        const value = this.props.record.data[this.props.name];
        return value ? value.split(",") : [];
    }

    isActive(chip) {
        return this.keys.includes(chip.keys[0]);
    }

    toggle(chip) {
        const others = this.keys.filter((key) => !chip.keys.includes(key));
        const keys = this.isActive(chip) ? others : [...others, ...chip.keys];
        return this.props.record.update({ [this.props.name]: keys.join(",") || false });
    }
}

/** The filter buttons: [{ label, icon, keys }]; sources with the same chip share one. */
export function getChips(sources) {
    const chips = new Map();
    for (const { key, icon, chip } of sources) {
        if (!chips.has(chip)) {
            chips.set(chip, { label: chip, icon, keys: [] });
        }
        chips.get(chip).keys.push(key);
    }
    return [...chips.values()];
}

registry.category("fields").add("crm_timeline_kinds", {
    component: CrmTimelineKindsField,
    displayName: _t("Kinds of Events"),
    supportedTypes: ["char"],
    fieldDependencies: [
        { name: "res_model", type: "char" },
        { name: "res_id", type: "integer" },
    ],
});

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Choose another node of the same version; what is stored is its key, which stays the same from
 * version to version. */
export class JourneyNodeField extends Component {
    static template = "crm_suite_marketing.JourneyNodeField";
    static props = {
        ...standardFieldProps,
        kinds: { type: Array, optional: true },
        placeholder: { type: String, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ nodes: [] });
        onWillStart(() => this.load(this.props.record));
        onWillUpdateProps((next) => {
            if (next.record.data.version_id?.id !== this.versionId) {
                return this.load(next.record);
            }
        });
    }

    async load(record) {
        this.versionId = record.data.version_id?.id;
        const domain = [
            ["version_id", "=", this.versionId || 0],
            ["kind", "!=", "trigger"],
            ["uid", "!=", record.data.uid],
        ];
        if (this.props.kinds) {
            domain.push(["kind", "in", this.props.kinds]);
        }
        this.state.nodes = await this.orm.searchRead("crm.journey.node", domain, [
            "uid",
            "display_name",
        ]);
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get label() {
        const node = this.state.nodes.find((one) => one.uid === this.value);
        return node ? node.display_name : this.value && _t("A node that is gone");
    }

    onChange(ev) {
        this.props.record.update({ [this.props.name]: ev.target.value || false });
    }
}

registry.category("fields").add("crm_journey_node", {
    component: JourneyNodeField,
    displayName: _t("Node of the Journey"),
    supportedTypes: ["char"],
    extractProps: ({ options, placeholder }) => ({ kinds: options.kinds, placeholder }),
    fieldDependencies: [
        { name: "version_id", type: "many2one" },
        { name: "uid", type: "char" },
    ],
});

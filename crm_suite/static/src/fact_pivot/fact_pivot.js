import { Domain } from "@web/core/domain";
import { registry } from "@web/core/registry";
import { PivotRenderer } from "@web/views/pivot/pivot_renderer";
import { pivotView } from "@web/views/pivot/pivot_view";

/** A sum opens the rows that it adds up, not all those of its group: "3 won" opens three. */
export class FactPivotRenderer extends PivotRenderer {
    onOpenView(cell, newWindow) {
        this.openedMeasure = cell.measure;
        super.onOpenView(cell, newWindow);
    }

    openView(domain, views, context, newWindow) {
        const measure = this.model.metaData.measures[this.openedMeasure];
        if (measure?.aggregator === "sum") {
            domain = Domain.and([domain, [[this.openedMeasure, "!=", 0]]]).toList();
        }
        super.openView(domain, views, context, newWindow);
    }
}

registry.category("views").add("crm_fact_pivot", { ...pivotView, Renderer: FactPivotRenderer });

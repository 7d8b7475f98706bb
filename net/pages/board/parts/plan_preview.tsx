// The seats of a plan, or of sections that are being typed, before anything is sent: coloured by category.
import { useMemo } from "preact/hooks";
import { layoutOfPlan, layoutOfSections, type ListedSection, type PlanLike, type SeatLayout } from "../../shared/seat_layout";
import { formatNumber } from "../format";
import { words } from "../words";
import type { SectionDraft } from "./seats_form";
import { SeatMapView } from "./seat_map_view";

const seatsMax = 100_000;

/** The layout of sections as the server will number them; null if they are too many or none. */
function layoutOfDrafts(drafts: SectionDraft[]): SeatLayout | null {
  const sections: ListedSection[] = [];
  let next = 1;
  for (const { name, kind, seats } of drafts) {
    const count = Number(seats);
    if (!Number.isInteger(count) || count < 1 || next + count - 1 > seatsMax) continue;
    sections.push({ name: name || "?", kind, category: name || "?", first: next, last: next + count - 1 });
    next += count;
  }
  return sections.length ? layoutOfSections(sections) : null;
}

export function CategoryLegend({ layout }: { layout: SeatLayout }) {
  const counts = useMemo(() => {
    const sums = layout.categories.map(() => 0);
    for (const category of layout.categoryOf) ++sums[category]!;
    return sums;
  }, [layout]);
  return (
    <ul class="legend" aria-label={words.plan.categories}>
      {layout.categories.map((name, at) => <li key={name}><i class={"swatch category-" + (at % 6)} />{name} <b>{formatNumber(counts[at]!)}</b></li>)}
    </ul>
  );
}

export function LayoutPreview({ layout }: { layout: SeatLayout }) {
  const free = useMemo(() => new Uint8Array(layout.count), [layout]);
  return <><CategoryLegend layout={layout} /><SeatMapView layout={layout} states={free} byCategory chosen={new Set()} focus={null} /></>;
}

export function PlanPreview({ plan, sections }: { plan?: PlanLike | undefined; sections?: SectionDraft[] | undefined }) {
  const shape = plan ? "" : JSON.stringify(sections);
  const layout = useMemo(() => (plan ? layoutOfPlan(plan) : sections ? layoutOfDrafts(sections) : null), [plan, shape]);
  return layout && <LayoutPreview layout={layout} />;
}

// Headings that take the focus when a view changes, cards, tables of facts, and figures.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { words } from "../words";

/** The heading of a view; the focus moves to it when `of` changes. */
export function ViewTitle({ of, children, before }: { of: string; children: ComponentChildren; before?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const text = typeof children === "string" ? children : before ?? "";
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [of]);
  useEffect(() => {
    document.title = (text ? text + " · " : "") + "frontrow " + words.brand;
  }, [text]);
  return <h1 tabIndex={-1} ref={heading}>{children}</h1>;
}

export function Card(props: { title?: string; class?: string; actions?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class={"card " + (props.class ?? "")}>
      {props.title && <div class="card-head"><h2>{props.title}</h2>{props.actions}</div>}
      {props.children}
    </section>
  );
}

/** Names and values; those without a value are left out. */
export function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
  const given = facts.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return <dl class="facts">{given.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

/** One large number. */
export function Figure(props: { label: string; value: string; note?: string | undefined }) {
  return (
    <div class="figure">
      <dt>{props.label}</dt>
      <dd>{props.value}{props.note && <small>{props.note}</small>}</dd>
    </div>
  );
}

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ComponentChildren;
  number?: boolean;
  /** Does not wrap. */
  short?: boolean;
}

const classOf = <Row,>({ number, short }: Column<Row>): string | undefined => (number ? "number" : short ? "short" : undefined);

/** A table that scrolls sideways where it is too wide. The first column names its row. */
export function Table<Row>(props: { caption: string; columns: Column<Row>[]; rows: Row[]; of: (row: Row) => string | number; quietCaption?: boolean }) {
  const [first, ...rest] = props.columns;
  return (
    <div class="table-scroll" role="region" aria-label={props.caption} tabIndex={0}>
      <table>
        <caption class={props.quietCaption ? "unseen" : undefined}>{props.caption}</caption>
        <thead><tr>{props.columns.map((column) => <th key={column.title} scope="col" class={classOf(column)}>{column.title}</th>)}</tr></thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.of(row)}>
              <th scope="row" class={classOf(first!)}>{first!.cell(row)}</th>
              {rest.map((column) => <td key={column.title} class={classOf(column)}>{column.cell(row)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function PhasePill({ phase }: { phase: "scheduled" | "open" | "paused" | "closed" }) {
  return <span class={"pill " + phase}>{words.phase[phase]}</span>;
}

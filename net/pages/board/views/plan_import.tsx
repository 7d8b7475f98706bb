// A seating plan from a file or from the clipboard: read in the browser, looked at, then registered.
import { useState } from "preact/hooks";
import { layoutOfPlan, type PlanLike, type SeatLayout } from "../../shared/seat_layout";
import { readPlanText } from "../import/read_plan";
import type { ReadPlan } from "../import/plan_draft";
import { ActButton } from "../parts/act_button";
import { TextField } from "../parts/fields";
import { LayoutPreview } from "../parts/plan_preview";
import { useSession } from "../session";
import { words } from "../words";

const w = words.plan;
const shownRefusals = 20;

interface Opened extends ReadPlan { layout: SeatLayout }

function open(text: string, name: string): Opened | string {
  const read = readPlanText(text, name);
  if (typeof read === "string") return read;
  try {
    const layout = layoutOfPlan(read.plan as PlanLike);
    return layout.count ? { ...read, layout } : w.faults.noSeats;
  } catch {
    return w.faults.noZones;
  }
}

function Refusals({ refused }: { refused: string[] }) {
  if (!refused.length) return null;
  return (
    <div class="problem" role="alert">
      <strong>{w.refused(refused.length)}</strong>
      <ul>{refused.slice(0, shownRefusals).map((text) => <li key={text}>{text}</li>)}</ul>
      {refused.length > shownRefusals && <p>{w.andMore(refused.length - shownRefusals)}</p>}
    </div>
  );
}

export function PlanImport({ onRegistered }: { onRegistered: (planId: number) => void }) {
  const { client } = useSession();
  const [text, setText] = useState("");
  const [name, setName] = useState("");
  const [opened, setOpened] = useState<Opened | string>("");
  const read = (from: string, as: string) => setOpened(open(from, as.trim()));
  const pick = async (file: File | undefined) => {
    if (!file) return;
    const content = await file.text();
    const given = name || file.name.replace(/\.[^.]*$/, "");
    const own = content.trim().startsWith("{") ? name : given;
    setText(content.length < 200_000 ? content : "");
    read(content, own);
    if (!own) return;
    setName(own);
  };
  const good = typeof opened === "string" ? null : opened;
  const planName = name.trim() || good?.plan.name || "";
  const request = good && { ...good.plan, name: planName };
  return (
    <details class="card">
      <summary>{w.title}</summary>
      <p class="soft">{w.text}</p>
      <div class="fields">
        <div class="field">
          <label for="plan-file">{w.file}</label>
          <input id="plan-file" type="file" accept=".json,.csv,.tsv,.txt,application/json,text/csv" onChange={(event) => void pick(event.currentTarget.files?.[0])} />
        </div>
        <TextField label={w.name} maxLength={200} value={name || good?.plan.name || ""} onValue={setName} />
      </div>
      <div class="field wide">
        <label for="plan-text">{w.paste}</label>
        <textarea id="plan-text" rows={4} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </div>
      <button type="button" disabled={!text.trim()} onClick={() => read(text, name)}>{w.read}</button>
      {typeof opened === "string" && opened && <p class="problem" role="alert">{opened}</p>}
      {good && request && (
        <>
          <p role="status"><strong>{w.found(w.format[good.format], good.layout.count)}</strong> {w.categories}: {good.plan.categories.join(", ")} <span class="soft">({w.sections(good.layout.sections.length)})</span></p>
          <Refusals refused={good.refused} />
          {good.remarks.map((remark) => <p class="note" key={remark}>{remark}</p>)}
          <LayoutPreview layout={good.layout} />
          <p class="soft">{w.registerText}</p>
          <ActButton
            label={w.register} kind="main" disabled={!planName || good.refused.length > 0} of={request}
            send={async (attempt) => {
              const made = await client.createPlan(request, attempt);
              setOpened("");
              setText("");
              setName("");
              onRegistered(made.planId);
              return w.registered(made.planId);
            }}
          />
        </>
      )}
    </details>
  );
}

// A button that does one act: asks first if it is dangerous, tells problems, and sends the same act again
// under the same key.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Attempt } from "../../client/src/operator";
import { words } from "../words";
import { useAct } from "./act";
import { Dialog } from "./dialog";
import { ProblemCard } from "./problem_card";

export interface ActButtonProps {
  label: string;
  /** What the act is about, so that the same act has the same key. */
  of: unknown;
  /** Returns what is told to the operator. */
  send: (attempt: Attempt) => Promise<string | void>;
  onDone?: (() => void) | undefined;
  kind?: "main" | "danger" | "quiet" | undefined;
  disabled?: boolean | undefined;
  /** With a question the act waits for a confirmation. */
  question?: ComponentChildren;
  /** The operator has to type this: a name, or a count. */
  typed?: string | undefined;
  title?: string | undefined;
}

export function ActButton(props: ActButtonProps) {
  const [asking, setAsking] = useState(false);
  const act = useAct();
  const press = async () => {
    if (await act.run(props.of, props.send)) {
      setAsking(false);
      props.onDone?.();
    }
  };
  const asks = props.question !== undefined;
  return (
    <>
      <button
        type="button"
        class={props.kind}
        disabled={props.disabled}
        aria-busy={act.busy}
        onClick={() => { if (asks) { act.clear(); setAsking(true); } else void press(); }}
      >
        {act.busy && !asks ? words.working : props.label}
      </button>
      {!asks && <ProblemCard problem={act.problem} />}
      {asking && (
        <Dialog title={props.title ?? props.label} busy={act.busy} onClose={() => setAsking(false)}>
          <Confirmation {...props} busy={act.busy} problem={act.problem} onPress={press} onClose={() => setAsking(false)} />
        </Dialog>
      )}
    </>
  );
}

interface ConfirmationProps extends ActButtonProps {
  busy: boolean;
  problem: unknown;
  onPress: () => void;
  onClose: () => void;
}

function Confirmation(props: ConfirmationProps) {
  const [typed, setTyped] = useState("");
  const fits = props.typed === undefined || typed.trim() === props.typed;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (fits && !props.busy) props.onPress();
      }}
    >
      <div class="question">{props.question}</div>
      {props.typed !== undefined && (
        <label class="field">
          <span>{words.confirm.type(props.typed)}</span>
          <input
            name="typed"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
      )}
      <ProblemCard problem={props.problem} />
      <div class="row end">
        <button type="button" disabled={props.busy} onClick={props.onClose}>{words.cancel}</button>
        <button type="submit" class={props.kind === "danger" ? "danger" : "main"} disabled={!fits || props.busy}>
          {props.busy ? words.working : props.label}
        </button>
      </div>
    </form>
  );
}

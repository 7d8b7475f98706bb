// The key of the operator, checked by the server before anything is shown.
import { useState } from "preact/hooks";
import { Problem } from "../../client/src/problem";
import { ViewTitle } from "../parts/blocks";
import { TextField } from "../parts/fields";
import { LanguageButton } from "../parts/navigation";
import { ProblemCard } from "../parts/problem_card";
import { words } from "../words";

const w = words.signIn;

export function SignIn(props: { note: string; problem: unknown; onKey: (secret: string) => Promise<void> }) {
  const [secret, setSecret] = useState("");
  const [busy, setBusy] = useState(false);
  const wrong = props.problem instanceof Problem && props.problem.status === 401;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy || !secret.trim()) return;
    setBusy(true);
    await props.onKey(secret.trim());
    setBusy(false);
  };
  return (
    <main class="sign-in">
      <p class="brand">front<span>row</span></p>
      <ViewTitle of="sign-in">{w.title}</ViewTitle>
      {props.note && <p class="note" role="status">{props.note}</p>}
      <form class="card" onSubmit={submit}>
        <TextField label={w.key} type="password" name="key" required value={secret} onValue={setSecret} hint={w.text} />
        {wrong ? <div class="problem" role="alert"><strong>{w.wrong}</strong></div> : <ProblemCard problem={props.problem} />}
        <button type="submit" class="main" disabled={busy}>{busy ? words.working : w.button}</button>
      </form>
      <LanguageButton />
    </main>
  );
}

// The operators' board: signs in, and shows the view that the address names.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { guardFocus } from "./parts/focus_guard";
import { Notices } from "./parts/notices";
import { useRoute } from "./route";
import { keptKey, openSession, SessionContext, type Session } from "./session";
import { Navigation } from "./parts/navigation";
import { SignIn } from "./views/sign_in";
import { View } from "./views/view";
import { language, words } from "./words";

function Board() {
  const route = useRoute();
  const [session, setSession] = useState<Session | null>(null);
  const [note, setNote] = useState("");
  const [opening, setOpening] = useState(keptKey.read() !== null);
  const [problem, setProblem] = useState<unknown>(null);

  const end = (expired: boolean) => {
    keptKey.forget();
    setSession(null);
    setNote(expired ? words.signIn.expired : "");
  };
  const signIn = async (secret: string) => {
    setProblem(null);
    try {
      setSession(await openSession(secret, end));
      keptKey.write(secret);
      setNote("");
    } catch (fault) {
      setProblem(fault);
    }
    setOpening(false);
  };
  useEffect(() => {
    const secret = keptKey.read();
    if (secret) void signIn(secret);
  }, []);

  if (opening) return <main><p class="soft">{words.loading}</p></main>;
  if (!session) return <SignIn note={note} problem={problem} onKey={signIn} />;
  return (
    <SessionContext.Provider value={session}>
      <a class="skip" href="#content" onClick={(event) => { event.preventDefault(); document.querySelector<HTMLElement>("h1")?.focus(); }}>{words.skip}</a>
      <Navigation route={route} />
      <main id="content"><View route={route} /></main>
    </SessionContext.Provider>
  );
}

document.documentElement.lang = language;
const root = document.getElementById("board")!;
guardFocus(root);
root.replaceChildren();
render(<><Board /><Notices /></>, root);

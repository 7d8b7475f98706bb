// The head of the board: what the key may see, who is signed in, the language.
import type { Route } from "../route";
import { hrefOf } from "../route";
import { useSession, type Session } from "../session";
import { chooseLanguage, language, words } from "../words";

const w = words.nav;

interface Place { name: string; label: string; open: boolean }

/** The views of the board that the key may use. */
export function placesOf(session: Session): Place[] {
  const { may, covers } = session;
  return [
    { name: "concerts", label: w.concerts, open: may("operate", "box-office", "read") },
    { name: "new", label: w.create, open: may("operate") && covers() },
    { name: "wallets", label: w.wallets, open: may("charge", "box-office", "read") && covers() },
    { name: "gate", label: w.gate, open: may("box-office", "check-in", "read") },
    { name: "audit", label: w.audit, open: may("read") && covers() },
    { name: "cluster", label: w.cluster, open: may("operate", "read") && covers() },
  ].filter(({ open }) => open);
}

export function LanguageButton() {
  const other = language === "ko" ? "en" : "ko";
  return (
    <button type="button" class="quiet" lang={other} onClick={() => chooseLanguage(other)}>
      {other === "ko" ? "한국어" : "English"}
    </button>
  );
}

export function Navigation({ route }: { route: Route }) {
  const session = useSession();
  const { key } = session;
  const places = placesOf(session);
  const here = route.parts[0] ?? places[0]?.name;
  const scopes = key.scopes.map((scope) => words.scope[scope] ?? scope).join(", ");
  return (
    <header class="head">
      <a class="brand" href={hrefOf([])}>front<span>row</span> <small>{words.brand}</small></a>
      <nav aria-label={w.label}>
        {places.map(({ name, label }) => (
          <a key={name} href={hrefOf([name])} aria-current={here === name ? "page" : undefined}>{label}</a>
        ))}
      </nav>
      <div class="who">
        <span title={w.scopes(scopes) + (key.concerts ? ". " + w.limited(key.concerts.join(", ")) : "")}>
          <span class="unseen">{w.signedIn("")}</span>{key.id}
          <span class="unseen">. {w.scopes(scopes)}{key.concerts ? ". " + w.limited(key.concerts.join(", ")) : ""}</span>
        </span>
        <LanguageButton />
        <button type="button" class="quiet" onClick={session.signOut}>{w.signOut}</button>
      </div>
    </header>
  );
}

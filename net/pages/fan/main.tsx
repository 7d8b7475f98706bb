// The fans' page: begins everything.
import { render } from "preact";
import { App } from "./app";
import { keepFocus } from "./focus";
import { followPlaces } from "./session";
import { watchTurns } from "./turn";
import { language } from "./words";

document.documentElement.lang = language;
followPlaces();
keepFocus();
const place = document.getElementById("page")!;
place.replaceChildren();
render(<App watchTurns={watchTurns} />, place);

// Later, and not for everyone at the same moment: the first load has priority.
if ("serviceWorker" in navigator)
  window.addEventListener("load", () => {
    setTimeout(() => void navigator.serviceWorker.register("/worker.js").catch(() => {}), 2000 + 6000 * Math.random());
  });

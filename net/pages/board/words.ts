// The language of the board: the operator's choice, or the first of the browser's that it has.
import { english, type Messages } from "./messages_en";
import { korean } from "./messages_ko";

export type Language = "en" | "ko";

const languageKey = "frontrow.board.language";

function chosenLanguage(): Language {
  const kept = localStorage.getItem(languageKey);
  const wanted = kept ? [kept] : navigator.languages;
  const first = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === "en" || tag === "ko");
  return first === "ko" ? "ko" : "en";
}

export const language: Language = chosenLanguage();

/** What the board says, in the chosen language. */
export const words: Messages = language === "ko" ? korean : english;

/** Keeps the choice and shows the page anew. */
export function chooseLanguage(next: Language): void {
  localStorage.setItem(languageKey, next);
  location.reload();
}

// The page's language: the one that was chosen here, or the browser's.
import { Problem } from "@frontrow/client";
import { Formats } from "../shared/format";
import { en, type Messages } from "./messages_en";
import { ko } from "./messages_ko";

const key = "frontrow.language";

function chosen(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

// The first of the browser's languages that the page speaks, with its region: en-GB writes dates unlike en-US.
function pickLocale(): string {
  const wanted = [...navigator.languages], own = chosen();
  if (own) return wanted.find((one) => one.startsWith(own)) ?? own;
  return wanted.find((one) => /^(en|ko)\b/.test(one)) ?? "en";
}

const locale = pickLocale();
export const language = locale.startsWith("ko") ? "ko" : "en";
export const words: Messages = language === "ko" ? ko : en;
export const formats = new Formats(locale);

/** Changes the language, and begins the page anew. */
export function switchLanguage(): void {
  try {
    localStorage.setItem(key, language === "ko" ? "en" : "ko");
  } catch {
    return;
  }
  location.reload();
}

/** What went wrong, for a person. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return words.problems["mistake"]!({});
  return words.problems[error.slug]?.(error.body) ?? error.message;
}

// Texts of numbers, money, dates and seats in the board's language, and back.
import { Formats } from "../shared/format";
import { language } from "./words";

const formats = new Formats(language);
const rough = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const exactMoments = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" });
const clocks = new Intl.DateTimeFormat(language, { timeStyle: "short" });

export const formatNumber = (value: number): string => formats.number(value);
export const formatRough = (value: number): string => rough.format(value);

/** A moment in the browser's time zone. */
export const formatMoment = (at: string): string => moments.format(new Date(at));
export const formatExactMoment = (at: string): string => exactMoments.format(new Date(at));
export const formatClock = (at: Date): string => clocks.format(at);

/** A showing, by the clock of its place: 2036-12-24 or 2036-12-24T19:30. */
export const formatShowing = (date: string): string => formats.showing(date);

/** `minor` is in the currency's minor unit. */
export const formatMoney = (minor: number, currency: string): string => formats.money(minor, currency);

/** How many digits a currency has after the point. */
export function minorDigits(currency: string): number {
  return new Intl.NumberFormat(language, { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 0;
}

/** The minor units of what was typed, such as 1,500 or 12.50; null if it is no amount. */
export function parseMoney(text: string, currency: string): number | null {
  const digits = minorDigits(currency);
  const plain = text.trim().replace(/[\s,']/g, "");
  const parts = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(plain);
  if (!parts || (parts[3] ?? "").length > digits) return null;
  const minor = Number(parts[2] + (parts[3] ?? "").padEnd(digits, "0"));
  return Number.isSafeInteger(minor) ? (parts[1] === "-" ? -minor : minor) : null;
}

/** For a field: the amount without symbol. */
export function plainMoney(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  return (minor / 10 ** digits).toFixed(digits);
}

/** "1-20, 25": seats in order, with their ranges; null if it is no list of seats. */
export function parseSeats(text: string): number[] | null {
  const seats = new Set<number>();
  for (const part of text.split(/[\s,;]+/).filter(Boolean)) {
    const range = /^(\d{1,6})(?:[-–](\d{1,6}))?$/.exec(part);
    if (!range) return null;
    const first = Number(range[1]), last = Number(range[2] ?? range[1]);
    if (first < 1 || last < first || last > 100_000) return null;
    for (let seat = first; seat <= last; ++seat) seats.add(seat);
  }
  return seats.size ? [...seats].sort((a, b) => a - b) : null;
}

/** Seats that follow each other, as pairs of the first and the last. */
export function rangesOf(seats: Iterable<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (const seat of [...seats].sort((a, b) => a - b)) {
    const last = ranges[ranges.length - 1];
    if (last && last[1] === seat - 1) last[1] = seat;
    else ranges.push([seat, seat]);
  }
  return ranges;
}

/** "1–20, 25". */
export function seatRanges(seats: Iterable<number>): string {
  return rangesOf(seats).map(([first, last]) => (first === last ? `${first}` : last === first + 1 ? `${first}, ${last}` : `${first}–${last}`)).join(", ");
}

/** The value of a datetime-local field, in the browser's time zone. */
export function toLocalField(at: string | null | undefined): string {
  if (!at) return "";
  const time = new Date(at);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The moment of a datetime-local field, as the API takes it. */
export const fromLocalField = (value: string): string => new Date(value).toISOString();

export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** Saves a file that the page has made. */
export function saveFile(name: string, data: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

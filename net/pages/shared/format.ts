// Texts of numbers, money, dates and durations in a language, by Intl.

/** The formats of one language, such as "en" or "ko-KR". Make it once. */
export class Formats {
  readonly language: string;
  readonly #numbers: Intl.NumberFormat;
  readonly #moments: Intl.DateTimeFormat;
  readonly #days: Intl.DateTimeFormat;
  readonly #clocks: Intl.DateTimeFormat;
  readonly #coins = new Map<string, Intl.NumberFormat>();
  readonly #plurals: Intl.PluralRules;

  constructor(language: string) {
    this.language = language;
    this.#numbers = new Intl.NumberFormat(language);
    this.#moments = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
    this.#days = new Intl.DateTimeFormat(language, { weekday: "short", year: "numeric", month: "long", day: "numeric", timeZone: "UTC" });
    this.#clocks = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", timeZone: "UTC" });
    this.#plurals = new Intl.PluralRules(language);
  }

  number(value: number): string {
    return this.#numbers.format(value);
  }

  /** "one" or "other" and so on, for choosing a text. */
  plural(value: number): Intl.LDMLPluralRule {
    return this.#plurals.select(value);
  }

  /** An amount in the currency's minor unit, such as 8000000 for 80,000.00. */
  money(minor: number, currency: string): string {
    return this.#coin(currency).format(minor / 10 ** this.digits(currency));
  }

  /** How many digits a currency has after the point. */
  digits(currency: string): number {
    return this.#coin(currency).resolvedOptions().maximumFractionDigits ?? 0;
  }

  /** A number that a person typed, in the currency's minor unit; NaN if it is none. */
  minorOf(text: string, currency: string): number {
    const digits = this.digits(currency);
    const plain = text.trim().replace(/[\s,']/g, "");
    return /^\d+(\.\d*)?$/.test(plain) ? Math.round(Number(plain) * 10 ** digits) : NaN;
  }

  /** A moment in the browser's time zone. */
  moment(at: string | number): string {
    return this.#moments.format(new Date(at));
  }

  /** A showing by the clocks of its place: its day, and its time where it has one. */
  showing(date: string): string {
    const [day, time] = date.split("T");
    const text = this.#days.format(new Date(day + "T12:00:00Z"));
    if (!time) return text;
    const hours = Number(time.slice(0, 2));
    const clock = this.#clocks.format(new Date(Date.UTC(2000, 0, 1, hours % 24, Number(time.slice(3, 5)))));
    return hours < 24 ? `${text}, ${clock}` : `${text}, ${time}`;
  }

  /** A countdown: 4:59, 1:02:03. */
  countdown(seconds: number): string {
    const whole = Math.max(0, Math.floor(seconds));
    const two = (value: number) => String(value).padStart(2, "0");
    const minutes = Math.floor(whole / 60) % 60, hours = Math.floor(whole / 3600);
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  }

  /** A rough duration for people: 40 seconds, 3 minutes, 2 hours. */
  duration(seconds: number): string {
    const [value, unit] = seconds < 55 ? [Math.max(5, Math.ceil(seconds / 5) * 5), "second"]
      : seconds < 3300 ? [Math.round(seconds / 60), "minute"]
      : seconds < 82_800 ? [Math.round(seconds / 3600), "hour"] : [Math.round(seconds / 86_400), "day"];
    return new Intl.NumberFormat(this.language, { style: "unit", unit: unit as string, unitDisplay: "long" }).format(value as number);
  }

  list(texts: string[]): string {
    return new Intl.ListFormat(this.language, { type: "conjunction" }).format(texts);
  }

  #coin(currency: string): Intl.NumberFormat {
    const known = this.#coins.get(currency);
    if (known) return known;
    const made = new Intl.NumberFormat(this.language, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
    this.#coins.set(currency, made);
    return made;
  }
}

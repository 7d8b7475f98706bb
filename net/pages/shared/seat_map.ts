// A seat map that people zoom, pan and walk through: on a canvas, for a pointer, for keys and for screen readers.
//
// The map is one stop for Tab. In it the arrows go from seat to seat, Home and End to the ends of the row,
// Page Up and Page Down to the sections, N to the next free seat (Shift+N back), + - 0 zoom, Enter and Space
// act. A screen reader hears describe(seat) of each seat that the cursor comes to, and of that one when its
// state changes. The owner gives a style for every state, and the state of every seat; the map knows no
// prices and no holds. A general section is represented by its first seat.
import { SeatGrid, type Direction } from "./seat_grid";
import type { SeatLayout } from "./seat_layout";
import { SeatPainter, type SeatStyle, type View } from "./seat_paint";

export { layoutOfPlan, layoutOfSections } from "./seat_layout";
export type { ListedSection, PlanLike, SeatLayout, SeatName } from "./seat_layout";
export type { SeatStyle } from "./seat_paint";

export interface SeatMapWords {
  /** Names the map for screen readers, and says how its keys work. */
  label: string;
  help: string;
  roleDescription: string;
  zoomIn: string;
  zoomOut: string;
  showAll: string;
  stage: string;
}

export interface SeatMapOptions {
  layout: SeatLayout;
  /** What the states of the seats mean for the eye: states index into it. All seats begin with state 0. */
  styles: SeatStyle[];
  words: SeatMapWords;
  /** What a screen reader says about a seat, or about a general section when it gets that one's first seat. */
  describe(seat: number): string;
  /** The second line in a general section's area. */
  areaText?(section: number): string;
  /** Whether the seat is chosen, for aria-pressed. */
  isPressed?(seat: number): boolean;
  /** A click, a tap, Enter or Space on a seat, or on an area (its first seat). */
  onActivate?(seat: number): void;
  /** The cursor or the pointer is at another seat; 0 for none. */
  onPoint?(seat: number): void;
}

const scaleMax = 56;
const scaleToRead = 24;
// Below these a tap or click zooms instead of choosing: a finger needs more room than a mouse.
const scaleToTouch = 20;
const scaleToClick = 11;
let maps = 0;

export class SeatMap {
  readonly #options: SeatMapOptions;
  readonly #layout: SeatLayout;
  readonly #grid: SeatGrid;
  readonly #painter: SeatPainter;
  readonly #surface: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #proxies: HTMLElement[];
  readonly #live: HTMLElement;
  readonly #stop = new AbortController();
  readonly #sizes: ResizeObserver;
  readonly #root: HTMLElement;
  #styles: SeatStyle[];
  #view: View = { x: 0, y: 0, scale: 1 };
  #fitted = true;
  #cursor = 0;
  #keys = false;
  #frame = 0;
  #movedAt = 0;
  #settle = 0;
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #dragged = 0;

  /** Puts the map into the host, which gives it its size. */
  constructor(host: HTMLElement, options: SeatMapOptions) {
    this.#options = options;
    this.#layout = options.layout;
    this.#styles = options.styles;
    this.#grid = new SeatGrid(options.layout);
    const id = `seat-map-${++maps}`;
    this.#canvas = element("canvas", { "aria-hidden": "true" });
    this.#proxies = [0, 1].map((at) => element("div", { id: `${id}-seat-${at}`, role: "button", class: "unseen", hidden: "" }));
    this.#live = element("div", { role: "status", class: "unseen" });
    const help = element("div", { id: `${id}-help`, class: "unseen" });
    help.textContent = options.words.help;
    this.#surface = element("div", {
      role: "application", tabindex: "0", class: "seat-map-surface", "aria-label": options.words.label,
      "aria-roledescription": options.words.roleDescription, "aria-describedby": help.id,
    });
    this.#surface.append(this.#canvas, ...this.#proxies);
    this.#root = element("div", { class: "seat-map" });
    this.#root.append(this.#surface, this.#buttons(), help, this.#live);
    host.append(this.#root);
    this.#painter = new SeatPainter(this.#canvas, this.#layout, this.#grid, {
      stage: options.words.stage,
      area: (section) => options.areaText?.(section) ?? "",
    });
    this.#painter.setStyles(this.#styles);
    this.#sizes = new ResizeObserver(() => this.#resize());
    this.#sizes.observe(this.#surface);
    this.#resize();
    this.#listen();
  }

  /** The seat that the keys are at; 0 before the map had the focus. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Sets the states of all seats at once: one byte for each, the first for seat 1. */
  setStates(states: Uint8Array): void {
    const changed: number[] = [];
    for (let at = 0; at < states.length; ++at) if (this.#painter.states[at] !== states[at]) changed.push(at + 1);
    this.#painter.states.set(states);
    if (changed.length > 2000) this.#painter.touchAll();
    else for (const seat of changed) this.#painter.touch(seat);
    if (changed.includes(this.#cursor)) this.#tellChange();
    if (changed.length) this.#draw();
  }

  setState(seat: number, state: number): void {
    if (this.#painter.states[seat - 1] === state) return;
    this.#painter.states[seat - 1] = state;
    this.#painter.touch(seat);
    if (seat === this.#cursor) this.#tellChange();
    this.#draw();
  }

  /** Other colours, or the same after the page's colours have changed. */
  setStyles(styles: SeatStyle[]): void {
    this.#styles = styles;
    this.#painter.setStyles(styles);
    this.#draw();
  }

  /** Draws again: the text of an area has changed. */
  refresh(): void {
    this.#draw();
  }

  /** Shows the whole map. */
  fit(): void {
    const { left, right, top, bottom } = this.#layout.box, stage = this.#layout.stage;
    this.#fitted = true;
    const lean = stage === "top" ? -1.6 : stage === "bottom" ? 1.6 : 0;
    this.#go({ x: (left + right) / 2, y: (top + bottom) / 2 + lean, scale: this.#painter.fitScale() });
  }

  /** Zooms around a point of the canvas, or around its middle. */
  zoomBy(factor: number, at = { x: this.#surface.clientWidth / 2, y: this.#surface.clientHeight / 2 }): void {
    const fit = this.#painter.fitScale();
    const scale = Math.min(Math.max(scaleMax, fit), Math.max(fit, this.#view.scale * factor));
    if (scale === fit) return this.fit();
    const x = at.x - this.#surface.clientWidth / 2, y = at.y - this.#surface.clientHeight / 2;
    this.#fitted = false;
    this.#go({
      x: this.#view.x + x / this.#view.scale - x / scale,
      y: this.#view.y + y / this.#view.scale - y / scale,
      scale,
    });
  }

  /** Moves and zooms until the seat can be seen well. */
  show(seat: number): void {
    const scale = Math.max(this.#view.scale, scaleToRead);
    const across = (this.#surface.clientWidth / 2) * 0.75 / scale, down = (this.#surface.clientHeight / 2) * 0.75 / scale;
    const x = this.#layout.x[seat - 1]!, y = this.#layout.y[seat - 1]!;
    this.#fitted = false;
    this.#go({
      x: Math.min(x + across, Math.max(x - across, this.#view.x)),
      y: Math.min(y + down, Math.max(y - down, this.#view.y)),
      scale,
    });
  }

  focus(): void {
    this.#surface.focus();
  }

  destroy(): void {
    this.#stop.abort();
    this.#sizes.disconnect();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#settle);
    this.#root.remove();
  }

  // --- drawing

  #go(view: View): void {
    const { left, right, top, bottom } = this.#layout.box;
    this.#view = {
      x: Math.min(right, Math.max(left, view.x)),
      y: Math.min(bottom + 2, Math.max(top - 2, view.y)),
      scale: view.scale,
    };
    this.#movedAt = performance.now();
    this.#surface.style.touchAction = this.#fitted ? "pan-y" : "none";
    this.#draw();
  }

  #draw(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const moving = performance.now() - this.#movedAt < 120;
      this.#painter.paint(this.#view, moving, this.#keys ? this.#cursor : 0);
      clearTimeout(this.#settle);
      if (moving) this.#settle = window.setTimeout(() => this.#draw(), 150);
    });
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#surface;
    this.#painter.resize(clientWidth, clientHeight, Math.min(window.devicePixelRatio || 1, 2));
    if (this.#fitted) this.fit();
    this.#draw();
  }

  #buttons(): HTMLElement {
    const { words } = this.#options, row = element("div", { class: "seat-map-buttons" });
    const add = (text: string, label: string, act: () => void) => {
      const button = element("button", { type: "button", "aria-label": label, title: label });
      button.textContent = text;
      button.addEventListener("click", act);
      row.append(button);
    };
    add("+", words.zoomIn, () => this.zoomBy(1.8));
    add("\u2212", words.zoomOut, () => this.zoomBy(1 / 1.8));
    add("\u2922", words.showAll, () => this.fit());
    return row;
  }

  // --- the cursor and what is said about it

  #moveTo(seat: number): void {
    if (!seat) return;
    this.#cursor = seat;
    this.show(seat);
    this.#tell();
    this.#options.onPoint?.(seat);
  }

  // Two elements take turns: screen readers speak when another one becomes the active descendant.
  #tell(): void {
    const [now, next] = this.#proxies as [HTMLElement, HTMLElement];
    this.#proxies.reverse();
    this.#fill(next);
    next.hidden = false;
    this.#surface.setAttribute("aria-activedescendant", next.id);
    now.hidden = true;
    this.#live.textContent = "";
  }
  #tellChange(): void {
    if (document.activeElement !== this.#surface) return;
    this.#fill(this.#proxies[0]!);
    this.#live.textContent = this.#options.describe(this.#cursor);
  }
  #fill(proxy: HTMLElement): void {
    proxy.textContent = this.#options.describe(this.#cursor);
    proxy.setAttribute("aria-pressed", String(this.#options.isPressed?.(this.#cursor) ?? false));
  }

  #firstStop(): number {
    return this.#nextFree(0, 1) || 1;
  }
  #nextFree(from: number, step: 1 | -1): number {
    const { count, sections, sectionOf } = this.#layout;
    for (let seat = from + step; seat >= 1 && seat <= count; seat += step)
      if (this.#styles[this.#painter.states[seat - 1]!]!.free) {
        const { general, first } = sections[sectionOf[seat - 1]!]!;
        if (!general) return seat;
        if (first !== from) return first;
      }
    return 0;
  }
  #section(step: 1 | -1): number {
    const at = this.#layout.sectionOf[this.#cursor - 1]! + step;
    return this.#layout.sections[at]?.first ?? 0;
  }

  // --- keys and pointers

  #listen(): void {
    const surface = this.#surface, { signal } = this.#stop;
    surface.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    surface.addEventListener("focus", () => this.#onFocus(), { signal });
    surface.addEventListener("blur", () => { this.#keys = false; this.#draw(); }, { signal });
    surface.addEventListener("pointerdown", (event) => this.#onDown(event), { signal });
    surface.addEventListener("pointermove", (event) => this.#onMove(event), { signal });
    surface.addEventListener("pointerup", (event) => this.#onUp(event), { signal });
    surface.addEventListener("pointercancel", (event) => this.#pointers.delete(event.pointerId), { signal });
    surface.addEventListener("pointerleave", () => this.#options.onPoint?.(0), { signal });
    surface.addEventListener("wheel", (event) => this.#onWheel(event), { signal, passive: false });
    const recolour = () => this.setStyles(this.#styles);
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"])
      matchMedia(query).addEventListener("change", recolour, { signal });
  }

  #onFocus(): void {
    this.#keys = this.#surface.matches(":focus-visible") && !this.#pointers.size;
    if (!this.#layout.count) return;
    if (!this.#cursor) this.#cursor = this.#firstStop();
    this.#tell();
    this.#draw();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.#layout.count) return;
    const arrows: Record<string, Direction> = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };
    const direction = arrows[event.key];
    const known = this.#keys;
    this.#keys = true;
    this.#cursor ||= this.#firstStop();
    if (direction) this.#moveTo(known ? this.#grid.beside(this.#cursor, direction) || this.#cursor : this.#cursor);
    else if (event.key === "Home" || event.key === "End") this.#moveTo(this.#grid.endOfRow(this.#cursor, event.key === "End"));
    else if (event.key === "PageUp" || event.key === "PageDown") this.#moveTo(this.#section(event.key === "PageUp" ? -1 : 1));
    else if (event.key === "n" || event.key === "N") this.#moveTo(this.#nextFree(this.#cursor, event.key === "N" ? -1 : 1));
    else if (event.key === "Enter" || event.key === " ") this.#activate(this.#cursor);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
    else if (event.key === "-") this.zoomBy(1 / 1.5);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
  }

  #activate(seat: number): void {
    this.#options.onActivate?.(seat);
    if (document.activeElement === this.#surface && seat === this.#cursor) this.#fill(this.#proxies[0]!);
    this.#draw();
  }

  #place(event: MouseEvent): { x: number; y: number } {
    const box = this.#surface.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
  #seatAt(event: MouseEvent): number {
    const at = this.#place(event), { x, y, scale } = this.#view;
    return this.#grid.at(x + (at.x - this.#surface.clientWidth / 2) / scale,
      y + (at.y - this.#surface.clientHeight / 2) / scale, Math.min(1, Math.max(0.55, 14 / scale)));
  }

  #onDown(event: PointerEvent): void {
    if (event.button) return;
    this.#pointers.set(event.pointerId, this.#place(event));
    this.#surface.setPointerCapture(event.pointerId);
    if (this.#pointers.size === 1) this.#dragged = 0;
    this.#keys = false;
  }

  #onMove(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before) {
      const seat = event.pointerType === "mouse" ? this.#seatAt(event) : 0;
      this.#surface.style.cursor = seat ? "pointer" : "grab";
      return this.#options.onPoint?.(seat);
    }
    const now = this.#place(event), others = [...this.#pointers].filter(([id]) => id !== event.pointerId);
    this.#pointers.set(event.pointerId, now);
    this.#dragged += Math.hypot(now.x - before.x, now.y - before.y);
    const other = others[0]?.[1];
    if (other) {
      const spread = (at: { x: number; y: number }) => Math.max(10, Math.hypot(at.x - other.x, at.y - other.y));
      return this.zoomBy(spread(now) / spread(before), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    }
    if (this.#dragged < 6 || this.#fitted) return;
    const { x, y, scale } = this.#view;
    this.#go({ x: x - (now.x - before.x) / scale, y: y - (now.y - before.y) / scale, scale });
  }

  #onUp(event: PointerEvent): void {
    if (!this.#pointers.delete(event.pointerId) || this.#pointers.size || this.#dragged >= 6) return;
    const seat = this.#seatAt(event);
    const general = seat && this.#layout.sections[this.#layout.sectionOf[seat - 1]!]!.general;
    const scaleMin = event.pointerType === "mouse" ? scaleToClick : scaleToTouch;
    if (!seat || (this.#view.scale < scaleMin && !general))
      return this.zoomBy(Math.max(2.2, Math.min(6, scaleToRead / this.#view.scale)), this.#place(event));
    this.#cursor = seat;
    this.#tell();
    this.#activate(seat);
  }

  // At the whole map, scrolling on goes to the page.
  #onWheel(event: WheelEvent): void {
    if (this.#fitted && event.deltaY > 0 && !event.ctrlKey) return;
    event.preventDefault();
    const step = event.deltaMode === 1 ? event.deltaY * 20 : event.deltaY;
    this.zoomBy(Math.exp(-Math.max(-200, Math.min(200, step)) * (event.ctrlKey ? 0.01 : 0.0025)), this.#place(event));
  }
}

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Record<string, string>): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

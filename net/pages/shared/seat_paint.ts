// Draws the seats of a layout on a canvas: few seats one by one, many from an image made beforehand.
//
// An image has all seats at the scale of the whole map, or at twice that. It is made once and changed
// seat by seat. While the map moves and too many seats are in view, it is stretched; at rest every seat
// in view is drawn sharp. Sizes are in CSS pixels unless they say device.
import type { SeatGrid } from "./seat_grid";
import type { Box, SeatLayout } from "./seat_layout";

/** How the seats of one state look. Colours are CSS colours, or names of custom properties ("--seat-1"). */
export interface SeatStyle {
  fill: string;
  /** Of the label in the seat; without it there is none. */
  text?: string;
  /** A small dot, for seats that are of no use to the viewer. */
  small?: boolean;
  mark?: "check" | "cross";
  /** The key N goes to the next seat of such a state. */
  free?: boolean;
}

export interface View {
  /** The point of the layout in the middle of the canvas. */
  x: number;
  y: number;
  /** Pixels for the distance of neighbours. */
  scale: number;
}

export interface PaintWords {
  stage: string;
  /** The second line in a general section, such as how many places are left. */
  area(section: number): string;
}

const seatsMovingMax = 5000;
const seatsStillMax = 24_000;
const labelScaleMin = 26;
const rowScaleMin = 13;

interface Palette { text: string; soft: string; line: string; ground: string; accent: string; font: string }

export class SeatPainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #pen: CanvasRenderingContext2D;
  readonly #layout: SeatLayout;
  readonly #grid: SeatGrid;
  readonly #words: PaintWords;
  #styles: SeatStyle[] = [];
  #palette!: Palette;
  #images = new Map<number, HTMLCanvasElement>();
  #sprites: HTMLCanvasElement[] = [];
  #spriteSize = 0;
  #width = 0;
  #height = 0;
  #ratio = 1;
  readonly states: Uint8Array;

  constructor(canvas: HTMLCanvasElement, layout: SeatLayout, grid: SeatGrid, words: PaintWords) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext("2d", { alpha: false })!;
    this.#layout = layout;
    this.#grid = grid;
    this.#words = words;
    this.states = new Uint8Array(layout.count);
  }

  get styles(): SeatStyle[] {
    return this.#styles;
  }

  /** Takes the colours of the page as they are now. */
  setStyles(styles: SeatStyle[]): void {
    const css = getComputedStyle(this.#canvas);
    const resolve = (colour: string) => (colour.startsWith("--") ? css.getPropertyValue(colour).trim() || "#888" : colour);
    this.#styles = styles.map((style) => ({
      ...style,
      fill: resolve(style.fill),
      ...(style.text ? { text: resolve(style.text) } : {}),
    }));
    this.#palette = {
      text: resolve("--text"), soft: resolve("--soft"), line: resolve("--line"), ground: resolve("--map"),
      accent: resolve("--focus"), font: css.fontFamily,
    };
    this.#images.clear();
    this.#spriteSize = 0;
  }

  resize(width: number, height: number, ratio: number): void {
    this.#width = width;
    this.#height = height;
    this.#ratio = ratio;
    this.#canvas.width = Math.max(1, Math.round(width * ratio));
    this.#canvas.height = Math.max(1, Math.round(height * ratio));
    this.#images.clear();
    this.#spriteSize = 0;
  }

  /** The scale at which the whole layout is in view. */
  fitScale(): number {
    const { left, right, top, bottom } = this.#layout.box;
    const across = this.#width / (right - left + 3), down = this.#height / (bottom - top + (this.#layout.stage ? 7 : 3));
    return Math.max(0.05, Math.min(across, down, 40));
  }

  /** A state has changed: the images follow. */
  touch(seat: number): void {
    for (const [density, image] of this.#images) this.#dab(image.getContext("2d")!, seat, density, true);
  }
  touchAll(): void {
    this.#images.clear();
  }

  paint(view: View, moving: boolean, cursor: number): void {
    const pen = this.#pen;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = this.#palette.ground;
    pen.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    const box = this.#boxOf(view);
    const many = this.#grid.countIn(box) > (moving ? seatsMovingMax : seatsStillMax);
    if (many) this.#paintImage(view, box);
    else this.#paintSeats(view, box);
    pen.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    this.#paintStage(view);
    this.#paintAreas(view);
    if (view.scale < rowScaleMin) this.#paintNames(view);
    else if (!many) this.#paintRows(view, box);
    if (!many && view.scale >= labelScaleMin) this.#paintLabels(view, box);
    if (cursor) this.#paintCursor(view, cursor);
  }

  #boxOf(view: View): Box {
    const across = this.#width / 2 / view.scale + 1, down = this.#height / 2 / view.scale + 1;
    return { left: view.x - across, right: view.x + across, top: view.y - down, bottom: view.y + down };
  }
  #toX(view: View, x: number): number {
    return (x - view.x) * view.scale + this.#width / 2;
  }
  #toY(view: View, y: number): number {
    return (y - view.y) * view.scale + this.#height / 2;
  }

  // --- many seats

  #paintImage(view: View, box: Box): void {
    const fit = this.fitScale() * this.#ratio;
    const density = view.scale * this.#ratio > fit * 1.3 ? fit * 2 : fit;
    const image = this.#imageOf(density);
    const { left, top } = this.#layout.box;
    const pen = this.#pen, zoom = (view.scale * this.#ratio) / density;
    const fromX = Math.max(0, (box.left - left + 1) * density), fromY = Math.max(0, (box.top - top + 1) * density);
    const toX = Math.min(image.width, (box.right - left + 1) * density);
    const toY = Math.min(image.height, (box.bottom - top + 1) * density);
    if (toX <= fromX || toY <= fromY) return;
    const originX = this.#toX(view, left - 1) * this.#ratio, originY = this.#toY(view, top - 1) * this.#ratio;
    pen.imageSmoothingEnabled = Math.abs(zoom - 1) > 0.01;
    pen.drawImage(image, fromX, fromY, toX - fromX, toY - fromY,
      Math.round(originX + fromX * zoom), Math.round(originY + fromY * zoom), (toX - fromX) * zoom, (toY - fromY) * zoom);
  }

  #imageOf(density: number): HTMLCanvasElement {
    const known = this.#images.get(density);
    if (known) return known;
    const { left, right, top, bottom } = this.#layout.box;
    const image = document.createElement("canvas");
    image.width = Math.ceil((right - left + 2) * density);
    image.height = Math.ceil((bottom - top + 2) * density);
    const pen = image.getContext("2d", { alpha: false })!;
    pen.fillStyle = this.#palette.ground;
    pen.fillRect(0, 0, image.width, image.height);
    for (let seat = 1; seat <= this.#layout.count; ++seat) this.#dab(pen, seat, density, false);
    this.#images.set(density, image);
    return image;
  }

  #dab(pen: CanvasRenderingContext2D, seat: number, density: number, over: boolean): void {
    if (this.#layout.rowOf[seat - 1]! < 0) return;
    const style = this.#styles[this.states[seat - 1]!]!;
    const x = (this.#layout.x[seat - 1]! - this.#layout.box.left + 1) * density;
    const y = (this.#layout.y[seat - 1]! - this.#layout.box.top + 1) * density;
    if (over) {
      pen.fillStyle = this.#palette.ground;
      pen.fillRect(x - 0.5 * density, y - 0.5 * density, density, density);
    }
    const size = density * (style.small ? 0.42 : 0.8);
    pen.fillStyle = style.fill;
    pen.fillRect(x - size / 2, y - size / 2, size, size);
  }

  // --- few seats

  #paintSeats(view: View, box: Box): void {
    const size = Math.max(1, view.scale * this.#ratio), pen = this.#pen, { x, y } = this.#layout;
    const offsetX = (this.#width / 2 - view.x * view.scale) * this.#ratio;
    const offsetY = (this.#height / 2 - view.y * view.scale) * this.#ratio;
    if (size < 4) {
      this.#grid.visit(box, (seat) => {
        const style = this.#styles[this.states[seat - 1]!]!, own = size * (style.small ? 0.42 : 0.8);
        pen.fillStyle = style.fill;
        pen.fillRect(x[seat - 1]! * size + offsetX - own / 2, y[seat - 1]! * size + offsetY - own / 2, own, own);
      });
      return;
    }
    if (Math.abs(this.#spriteSize - size) > 0.01) this.#makeSprites(size);
    const half = this.#sprites[0]!.width / 2;
    this.#grid.visit(box, (seat) => {
      const sprite = this.#sprites[this.states[seat - 1]!]!;
      pen.drawImage(sprite, Math.round(x[seat - 1]! * size + offsetX - half), Math.round(y[seat - 1]! * size + offsetY - half));
    });
  }

  #makeSprites(size: number): void {
    this.#spriteSize = size;
    this.#sprites = this.#styles.map((style) => {
      const sprite = document.createElement("canvas");
      sprite.width = sprite.height = Math.ceil(size) + 1;
      const pen = sprite.getContext("2d")!, middle = sprite.width / 2;
      const side = size * (style.small ? 0.36 : 0.84);
      pen.fillStyle = style.fill;
      pen.beginPath();
      if (style.small) pen.arc(middle, middle, side / 2, 0, 7);
      else roundedBox(pen, middle - side / 2, middle - side / 2, side, side * 0.3);
      pen.fill();
      if (style.mark && size >= 9) drawMark(pen, style.mark, middle, size, style.text ?? this.#palette.ground);
      return sprite;
    });
  }

  #paintLabels(view: View, box: Box): void {
    const pen = this.#pen;
    pen.font = `600 ${Math.round(view.scale * 0.36)}px ${this.#palette.font}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    this.#grid.visit(box, (seat) => {
      const style = this.#styles[this.states[seat - 1]!]!;
      if (!style.text || style.mark) return;
      const name = this.#layout.nameOf(seat);
      pen.fillStyle = style.text;
      pen.fillText(name.accessible ? "\u267f" : name.seat, this.#toX(view, this.#layout.x[seat - 1]!),
        this.#toY(view, this.#layout.y[seat - 1]!), view.scale * 0.8);
    });
  }

  #paintRows(view: View, box: Box): void {
    const pen = this.#pen, seen = new Set<number>();
    this.#grid.visit(box, (seat) => seen.add(this.#layout.rowOf[seat - 1]!));
    pen.font = `${Math.min(14, Math.round(view.scale * 0.5))}px ${this.#palette.font}`;
    pen.fillStyle = this.#palette.soft;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const at of seen) {
      const row = this.#layout.rows[at]!, first = row.seats[0]! - 1;
      if (!row.label) continue;
      pen.fillText(row.label, this.#toX(view, this.#layout.x[first]! - 0.65), this.#toY(view, this.#layout.y[first]!));
    }
  }

  // --- what surrounds the seats

  #paintStage(view: View): void {
    const { stage, box } = this.#layout;
    if (!stage) return;
    const pen = this.#pen, middle = (box.left + box.right) / 2, half = (box.right - box.left) * 0.3;
    const top = stage === "top" ? box.top - 3.2 : box.bottom + 1;
    const x = this.#toX(view, middle - half), y = this.#toY(view, top);
    const width = half * 2 * view.scale, height = Math.max(10, 2.2 * view.scale);
    pen.fillStyle = this.#palette.line;
    pen.beginPath();
    roundedBox(pen, x, y, width, Math.min(10, height / 3), height);
    pen.fill();
    if (width < 50) return;
    pen.font = `600 ${Math.max(10, Math.min(16, view.scale))}px ${this.#palette.font}`;
    pen.fillStyle = this.#palette.text;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(this.#words.stage, x + width / 2, y + height / 2, width);
  }

  #paintAreas(view: View): void {
    const pen = this.#pen;
    this.#layout.sections.forEach(({ general, name, box, first }, section) => {
      if (!general) return;
      const style = this.#styles[this.states[first - 1]!]!;
      const x = this.#toX(view, box.left), y = this.#toY(view, box.top);
      const width = (box.right - box.left) * view.scale, height = (box.bottom - box.top) * view.scale;
      if (x > this.#width || y > this.#height || x + width < 0 || y + height < 0) return;
      pen.fillStyle = style.fill;
      pen.beginPath();
      roundedBox(pen, x, y, width, Math.min(12, width / 8), height);
      pen.fill();
      if (height < 24) return;
      const detail = this.#words.area(section), middle = y + height / 2;
      pen.fillStyle = style.text ?? this.#palette.text;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.font = `650 15px ${this.#palette.font}`;
      pen.fillText(name, x + width / 2, detail && height > 44 ? middle - 10 : middle, width - 8);
      pen.font = `13px ${this.#palette.font}`;
      if (detail && height > 44) pen.fillText(detail, x + width / 2, middle + 10, width - 8);
    });
  }

  // Of numbered sections, over their seats, while these are too small to read.
  #paintNames(view: View): void {
    const pen = this.#pen;
    pen.font = `650 13px ${this.#palette.font}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    for (const { general, name, box } of this.#layout.sections) {
      const width = (box.right - box.left) * view.scale;
      if (general || width < name.length * 8 || width < 24 || (box.bottom - box.top) * view.scale < 16) continue;
      const x = this.#toX(view, (box.left + box.right) / 2), y = this.#toY(view, (box.top + box.bottom) / 2);
      if (x < 0 || y < 0 || x > this.#width || y > this.#height) continue;
      pen.lineWidth = 5;
      pen.strokeStyle = this.#palette.ground;
      pen.strokeText(name, x, y);
      pen.fillStyle = this.#palette.text;
      pen.fillText(name, x, y);
    }
  }

  #paintCursor(view: View, cursor: number): void {
    const pen = this.#pen, { general, box } = this.#layout.sections[this.#layout.sectionOf[cursor - 1]!]!;
    pen.strokeStyle = this.#palette.accent;
    pen.lineWidth = 3;
    pen.beginPath();
    if (general) {
      roundedBox(pen, this.#toX(view, box.left) - 3, this.#toY(view, box.top) - 3,
        (box.right - box.left) * view.scale + 6, 12, (box.bottom - box.top) * view.scale + 6);
    } else {
      const side = Math.max(10, view.scale + 4);
      roundedBox(pen, this.#toX(view, this.#layout.x[cursor - 1]!) - side / 2,
        this.#toY(view, this.#layout.y[cursor - 1]!) - side / 2, side, side * 0.3);
    }
    pen.stroke();
  }
}

function roundedBox(pen: CanvasRenderingContext2D, x: number, y: number, width: number, radius: number, height = width): void {
  pen.moveTo(x + radius, y);
  pen.arcTo(x + width, y, x + width, y + height, radius);
  pen.arcTo(x + width, y + height, x, y + height, radius);
  pen.arcTo(x, y + height, x, y, radius);
  pen.arcTo(x, y, x + width, y, radius);
}

function drawMark(pen: CanvasRenderingContext2D, mark: "check" | "cross", middle: number, size: number, colour: string): void {
  const arm = size * 0.2;
  pen.strokeStyle = colour;
  pen.lineWidth = Math.max(1.5, size * 0.1);
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  if (mark === "check") {
    pen.moveTo(middle - arm, middle);
    pen.lineTo(middle - arm * 0.2, middle + arm * 0.8);
    pen.lineTo(middle + arm, middle - arm * 0.7);
  } else {
    pen.moveTo(middle - arm, middle - arm);
    pen.lineTo(middle + arm, middle + arm);
    pen.moveTo(middle + arm, middle - arm);
    pen.lineTo(middle - arm, middle + arm);
  }
  pen.stroke();
}

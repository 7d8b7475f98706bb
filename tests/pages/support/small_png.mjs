// Pictures for documents: PNG files with a palette, a fraction of the size of those that a browser writes.
import { deflateSync } from "node:zlib";

const signature = Buffer.from("89504e470d0a1a0a", "hex");
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; ++bit) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});
function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = crcTable[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]), frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

// Runs in a page. The most frequent colours of a coarser scale, and each pixel as the nearest of these.
async function reduceColours([source, coloursMax]) {
  const bytes = Uint8Array.from(atob(source), (char) => char.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { width, height } = image, pen = new OffscreenCanvas(width, height).getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, width, height), counts = new Map();
  const coarse = (at) => ((data[at] >> 2) << 12) | ((data[at + 1] >> 2) << 6) | (data[at + 2] >> 2);
  for (let at = 0; at < data.length; at += 4) {
    const colour = coarse(at), known = counts.get(colour);
    if (known) ++known.count;
    else counts.set(colour, { count: 1, rgb: [data[at], data[at + 1], data[at + 2]] });
  }
  const palette = [...counts.values()].sort((a, b) => b.count - a.count).slice(0, coloursMax).map(({ rgb }) => rgb);
  const apart = (a, b) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
  const nearest = new Map();
  for (const [colour, { rgb }] of counts) nearest.set(colour, palette.reduce((best, one, at) => (apart(one, rgb) < apart(palette[best], rgb) ? at : best), 0));
  let pixels = "";
  for (let at = 0; at < data.length; at += 4) pixels += String.fromCharCode(nearest.get(coarse(at)));
  return { width, height, palette, pixels: btoa(pixels) };
}

/** The picture with at most 64 colours; `drawing` is any page. */
export async function smallPng(png, drawing) {
  const { width, height, palette, pixels } = await drawing.evaluate(reduceColours, [png.toString("base64"), 64]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const indices = Buffer.from(pixels, "base64"), lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; ++y) indices.copy(lines, y * (width + 1) + 1, y * width, (y + 1) * width);
  const parts = [chunk("IHDR", header), chunk("PLTE", Buffer.from(palette.flat())), chunk("IDAT", deflateSync(lines, { level: 9 })), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

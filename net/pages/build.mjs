// Bundles the pages of net/pages for the program that serves them.
//
//   node build.mjs --out DIR --cc FILE    writes the pages into DIR and as a C++ table into FILE
//   node build.mjs --serve [--port P] [--api URL]
//                                         serves them from memory as they are now, and passes requests for the
//                                         API on to URL (default http://127.0.0.1:8080): for work on the pages
//
// Scripts and styles are named by the hash of their bytes, so that browsers keep them for ever; documents and the
// service worker keep their names.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));

const contentTypes = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

// Every page: its path on the server, its document, and the entries that the document names.
const pages = [
  { path: "/", document: "fan/index.html" },
  { path: "/board", document: "board/index.html" },
];
// Served as they are, under their own names.
const fixed = [{ path: "/manifest.webmanifest", file: "fan/manifest.webmanifest" }];

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2021", "chrome100", "firefox100", "safari15"],
  jsx: "automatic",
  jsxImportSource: "preact",
  alias: { "@frontrow/client": join(root, "client/src/index.ts") },
  charset: "utf8",
  legalComments: "none",
  write: false,
  metafile: true,
  outdir: "/",
};

// The references of a document to its own entries, such as src="main.tsx".
const references = /(?:src|href)="([\w./-]+\.(?:tsx?|css|svg))"/g;

// All files of the pages: [{ path, type, bytes, immutable }], sorted by path.
export async function bundle() {
  const documents = await Promise.all(
    pages.map(async (page) => ({ ...page, text: await readFile(join(root, page.document), "utf8") })),
  );
  const entries = new Set();
  for (const { document, text } of documents)
    for (const [, name] of text.matchAll(references)) entries.add(join(dirname(document), name));

  const result = await build({
    ...shared,
    entryPoints: [...entries].sort(),
    splitting: true,
    loader: { ".svg": "file" },
    entryNames: "assets/[dir]-[name].[hash]",
    chunkNames: "assets/[name].[hash]",
    assetNames: "assets/[name].[hash]",
    publicPath: "/",
  });
  const files = result.outputFiles.map((file) => ({
    path: file.path,
    bytes: Buffer.from(file.contents),
    immutable: true,
  }));

  const named = new Map();
  for (const [output, { entryPoint }] of Object.entries(result.metafile.outputs))
    if (entryPoint) named.set(entryPoint, "/" + relative("/", join("/", output)));
  for (const { path, document, text } of documents) {
    const html = text.replace(references, (whole, name) =>
      whole.replace(name, named.get(join(dirname(document), name)) ?? name),
    );
    files.push({ path, bytes: Buffer.from(html), type: contentTypes[".html"] });
  }
  for (const { path, file } of fixed) files.push({ path, bytes: await readFile(join(root, file)) });
  files.push(await bundleWorker(files));

  for (const file of files) {
    file.type ??= contentTypes[extname(file.path)];
    if (!file.type) throw new Error(`${file.path}: no content type is known for this ending`);
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

// The service worker, which knows the files of the fans' page and changes whenever one of them does.
async function bundleWorker(files) {
  const kept = files.filter(({ path }) => !path.includes("board")).map(({ path }) => path);
  const version = createHash("sha256");
  for (const { bytes } of files) version.update(bytes);
  const result = await build({
    ...shared,
    entryPoints: ["fan/worker.ts"],
    format: "iife",
    define: {
      PAGE_FILES: JSON.stringify(kept),
      PAGE_VERSION: JSON.stringify(version.digest("hex").slice(0, 16)),
    },
  });
  return { path: "/worker.js", bytes: Buffer.from(result.outputFiles[0].contents) };
}

// A raw string literal cannot hold its own end.
function literal(text) {
  if (text.includes(')page"')) throw new Error("a page contains the end of a C++ literal");
  return `R"page(${text})page"`;
}

function table(files) {
  const rows = files.map(
    ({ path, type, bytes, immutable }) =>
      `    {"${path}", "${type}", ${immutable ? "true" : "false"}, ${literal(bytes.toString("utf8"))}},\n`,
  );
  return (
    '#include "net/pages/pages.h"\n\nnamespace frontrow {\n\nstd::span<const PageFile> page_files() {\n' +
    `  static constexpr PageFile kFiles[] = {\n${rows.join("")}  };\n  return kFiles;\n}\n\n}  // namespace frontrow\n`
  );
}

async function writeAll(out, cc) {
  const files = await bundle();
  await rm(out, { recursive: true, force: true });
  for (const { path, bytes } of files) {
    const file = join(out, path === "/" ? "index.html" : extname(path) ? path : `${path}.html`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
  await writeFile(cc, table(files));
}

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
  "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function serve(port, api) {
  const target = new URL(api);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = (await bundle()).find(({ path }) => path === pathname);
    if (file) {
      response.writeHead(200, { "Content-Type": file.type, "Content-Security-Policy": policy });
      return response.end(file.bytes);
    }
    const onward = forward(
      { host: target.hostname, port: target.port, path: request.url, method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.writeHead(502).end());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/ in front of ${api}`));
}

const { values: options } = parseArgs({
  options: {
    out: { type: "string" },
    cc: { type: "string" },
    serve: { type: "boolean" },
    port: { type: "string", default: "8081" },
    api: { type: "string", default: "http://127.0.0.1:8080" },
  },
});
if (options.serve) serve(Number(options.port), options.api);
else if (options.out && options.cc) {
  // esbuild has said which line is wrong; a stack of its own adds nothing.
  await writeAll(options.out, options.cc).catch((error) => {
    if (!error.errors) console.error(error.message);
    process.exitCode = 1;
  });
} else {
  console.error("usage: node build.mjs --out DIR --cc FILE, or --serve [--port P] [--api URL]");
  process.exitCode = 2;
}

// Which pages are tested: those that the program serves, or the sources of the tree.
//
// FRONTROW_PAGES=source bundles net/pages as it is now and puts it in front of the program, so that whoever works on
// the pages needs no build of the program. Otherwise this file does nothing.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer, request as forward } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pagesFolder } from "./paths.mjs";

export const fromSource = process.env.FRONTROW_PAGES === "source";

/** { url, end() }: where the pages of the server at `api` are. */
export async function pagesOf(api) {
  return fromSource ? detour(api) : { url: api, end: async () => {} };
}

let bundled = null;

function bundle() {
  if (bundled) return bundled;
  const given = process.env.FRONTROW_PAGES_BUNDLE;
  const folder = given ?? bundleInto(mkdtempSync(join(tmpdir(), "frontrow-bundle-")));
  const read = (name, type) => ({ type, bytes: readFileSync(join(folder, name)) });
  bundled = new Map([
    ["/", read("index.html", "text/html; charset=utf-8")],
    ["/board", read("board.html", "text/html; charset=utf-8")],
    ["/worker.js", read("worker.js", "text/javascript; charset=utf-8")],
    ["/manifest.webmanifest", read("manifest.webmanifest", "application/manifest+json")],
  ]);
  for (const name of readdirSync(join(folder, "assets")))
    bundled.set(`/assets/${name}`, read(join("assets", name), name.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8"));
  if (!given) rmSync(folder, { recursive: true, force: true });
  return bundled;
}

/** Bundles the pages into the folder. */
export function bundleInto(folder) {
  const args = [join(pagesFolder, "build.mjs"), "--out", join(folder, "pages"), "--cc", join(folder, "pages.cc")];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0 || !existsSync(join(folder, "pages/index.html"))) throw new Error(`the pages cannot be bundled: ${stderr}`);
  return join(folder, "pages");
}

async function detour(api) {
  const files = bundle(), { hostname, port } = new URL(api);
  const policy = await policyOf(api);
  const server = createServer((request, response) => {
    const file = files.get(request.url.split("?")[0]);
    if (file) {
      response.writeHead(200, { "Content-Type": file.type, "Content-Security-Policy": policy, "Cache-Control": "no-cache" });
      return response.end(file.bytes);
    }
    const onward = forward({ host: hostname, port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    // As if there were nothing in front: a server that is down refuses the connection.
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const end = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, end };
}

// The program's own, so that the detour is as strict.
async function policyOf(api) {
  const { headers } = await fetch(`${api}/`);
  return headers.get("Content-Security-Policy") ?? "default-src 'self'";
}

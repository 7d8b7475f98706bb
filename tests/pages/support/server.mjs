// A real server on a free port with a data directory of its own.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { frontrowProgram } from "./paths.mjs";
import { pagesOf } from "./source_pages.mjs";
import { Final, until } from "./until.mjs";

const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

// Where the kernel can do that, the server dies with its test.
const wrapper = ["/usr/bin/setpriv", "/bin/setpriv"].find(existsSync);
const command = (args) => (wrapper ? [wrapper, ["--pdeathsig", "KILL", frontrowProgram, ...args]] : [frontrowProgram, args]);

export class Server {
  /**
   * args: options of `frontrow serve`. keys: further service keys, { id: { scopes, concerts } }; their secrets are
   * in `secrets` then. adminKey, listen: in place of drawn ones.
   */
  static async start({ args = [], keys = {}, adminKey, listen = "127.0.0.1:0" } = {}) {
    const server = new Server(args, keys);
    if (adminKey) server.adminKey = adminKey;
    await server.#launch(listen);
    server.pages = await pagesOf(server.url);
    return server;
  }

  /** id: the secret of a service key. */
  secrets = {};
  adminKey = randomBytes(24).toString("base64url");
  port = 0;
  /** Where the pages are. */
  pages = null;
  #folder = mkdtempSync(join(tmpdir(), "frontrow-pages-"));
  #args;
  #child = null;

  constructor(args, keys) {
    this.#args = [...args, ...this.#configure(keys)];
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }
  get address() {
    return this.pages.url;
  }
  get log() {
    return readFileSync(join(this.#folder, "log"), "utf8");
  }

  /** Ends it as an operator does; it can be started again. */
  async stop() {
    const child = this.#child;
    if (!child) return;
    this.#child = null;
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once("exit", resolve));
    running.delete(child);
  }
  /** Ends it as a power cut does. */
  async kill() {
    const child = this.#child;
    this.#child = null;
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    running.delete(child);
  }
  /** With the same data, at the same address. */
  async startAgain() {
    await this.#launch(`127.0.0.1:${this.port}`);
  }
  async end() {
    await this.pages?.end();
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #configure(keys) {
    const tables = Object.entries(keys).map(([id, { scopes, concerts }]) => {
      const secret = (this.secrets[id] = `${id}-${randomBytes(18).toString("base64url")}`);
      const limit = concerts ? `concerts = ${JSON.stringify(concerts)}\n` : "";
      return `[[keys]]\nid = "${id}"\nsha256 = "${createHash("sha256").update(secret).digest("hex")}"\nscopes = ${JSON.stringify(scopes)}\n${limit}`;
    });
    if (!tables.length) return [];
    const file = join(this.#folder, "frontrow.toml");
    writeFileSync(file, tables.join("\n"), { mode: 0o600 });
    return ["--config", file];
  }

  async #launch(listen) {
    const logFile = join(this.#folder, "log"), before = existsSync(logFile) ? this.log.length : 0;
    const log = openSync(logFile, "a");
    const [program, args] = command([
      "serve", "--data-dir", join(this.#folder, "data"), "--listen", listen, "--threads", "1",
      "--admin-key", this.adminKey, ...this.#args,
    ]);
    const child = (this.#child = spawn(program, args, { stdio: ["ignore", log, log] }));
    closeSync(log);
    running.add(child);
    let failed = "";
    child.once("error", (problem) => { failed = problem.message; });
    await until("the server's start", async () => {
      if (failed || child.exitCode !== null) throw new Final(`no server (${frontrowProgram}): ${failed} ${this.log.slice(before).slice(-2000)}`);
      const said = /listening on http:\/\/127\.0\.0\.1:(\d+)\s/.exec(this.log.slice(before));
      if (!said) return false;
      this.port = Number(said[1]);
      return (await fetch(`${this.url}/readyz`)).ok;
    }, 30_000);
  }
}

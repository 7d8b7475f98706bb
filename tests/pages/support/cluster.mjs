// A real cluster of two instances, with a member of etcd of its own.
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { frontrowProgram } from "./paths.mjs";
import { Server } from "./server.mjs";
import { until } from "./until.mjs";

export const etcdProgram = ["/usr/bin/etcd", "/usr/local/bin/etcd"].find(existsSync);
const name = "pages";

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Cluster {
  static async start() {
    const cluster = new Cluster();
    try {
      await cluster.#start();
    } catch (problem) {
      await cluster.end();
      throw problem;
    }
    return cluster;
  }

  /** Two, named box-1 and box-2. */
  instances = [];
  #folder = mkdtempSync(join(tmpdir(), "frontrow-cluster-"));
  #etcd = null;

  async #start() {
    const client = `127.0.0.1:${await freePort()}`, peer = `http://127.0.0.1:${await freePort()}`;
    this.#etcd = spawn(etcdProgram, [
      "--name", "etcd", "--data-dir", join(this.#folder, "etcd"), "--listen-client-urls", `http://${client}`,
      "--advertise-client-urls", `http://${client}`, "--listen-peer-urls", peer,
      "--initial-advertise-peer-urls", peer, "--initial-cluster", `etcd=${peer}`,
    ], { stdio: "ignore" });
    const reach = ["--cluster", name, "--etcd", client];
    await until("etcd", () => execFileSync(frontrowProgram, ["cluster", "init", ...reach], { stdio: "pipe" }));
    const secret = this.#keep("secret", randomBytes(32).toString("hex"));
    const signing = this.#keep("signing.pem", execFileSync(frontrowProgram, ["keys", "signing"]));
    const tokenKeys = `k1:${randomBytes(32).toString("hex")}`;
    for (const box of ["box-1", "box-2"]) {
      this.instances.push(await Server.start({
        adminKey: this.instances[0]?.adminKey,
        listen: `127.0.0.1:${await freePort()}`,
        args: [
          ...reach, "--instance", box, "--cluster-listen", `127.0.0.1:${await freePort()}`,
          "--cluster-secret-file", secret, "--passes-key-file", signing, "--token-keys", tokenKeys,
        ],
      }));
    }
  }

  async end() {
    await Promise.all(this.instances.map((instance) => instance.end()));
    const etcd = this.#etcd;
    if (etcd && etcd.exitCode === null && etcd.signalCode === null) {
      etcd.kill("SIGKILL");
      await new Promise((resolve) => etcd.once("exit", resolve));
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #keep(file, content) {
    const path = join(this.#folder, file);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }
}

#!/usr/bin/env bash
# The page's countdown, run by node: for all offsets of the two clocks and all latencies it never shows more than the whole
# time, is right to two seconds, and never goes back up. Exit code 77 where node is not installed.
set -euo pipefail
# shellcheck source=tests/tree/common.sh
. "$(dirname "$0")/common.sh"
command -v node >/dev/null || exit 77

node - net/pages/index.html <<'SCRIPT'
const fs = require("fs");
const vm = require("vm");
const page = fs.readFileSync(process.argv[2], "utf8");
const fault = (text) => { console.error("FAILED: " + text); process.exit(1); };
// The function of that name as it stands in the page.
const source = (name) => {
  const found = page.match(new RegExp(`^function ${name}\\(.*?^}`, "ms"));
  return found ? found[0] : fault("the page has no function " + name);
};

const start = Date.parse("2026-12-24T20:00:00Z");
let truth = 0;  // the server's clock
let offset = 0;  // the phone's minus the server's
const clock = class extends Date { static now() { return truth + offset; } };
const context = vm.createContext({ Date: clock, Math, String });
vm.runInContext("let skew = 0;" + ["keepSkew", "span", "tick"].map(source).join("\n"), context);
const seconds = (text) => { const [m, s] = text.split(":").map(Number); return 60 * m + s; };

for (const whole of [60, 300, 600, 3599]) {
  for (offset of [-86400000, -4321, -1000, -999, -500, -1, 0, 1, 500, 999, 1000, 4321, 86400000]) {
    for (const fraction of [0, 1, 499, 500, 998, 999]) {
      for (const latency of [0, 3, 250, 2500]) {
        truth = start + fraction;
        vm.runInContext("skew = 0", context);
        // The answer that brings the deadline: asked, answered, and arrived.
        const made = truth + latency;
        context.sent = clock.now();
        truth += 2 * latency;
        context.date = Math.floor(made / 1000) * 1000;
        vm.runInContext("keepSkew(date, sent, Date.now())", context);
        context.node = { dataset: { until: new Date(made + whole * 1000).toISOString() }, textContent: "" };
        let before = Infinity;
        for (let passed = 0; passed < 5000; passed += 500, truth += 500) {
          vm.runInContext("tick(node)", context);
          const shown = seconds(context.node.textContent);
          const left = (made + whole * 1000 - truth) / 1000;
          const where = `${whole} s, clock off by ${offset} ms, ${fraction} ms, ${latency} ms: ${context.node.textContent} of ${left} s`;
          if (shown > whole) fault("more than the whole, " + where);
          if (shown > left + 1 + latency / 1000 || shown < left - 2 - latency / 1000) fault("wrong, " + where);
          if (shown > before) fault("back up, " + where);
          before = shown;
        }
      }
    }
  }
}
console.log("the countdown is right");
SCRIPT

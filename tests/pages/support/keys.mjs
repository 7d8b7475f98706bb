// A person without a pointer: goes by Tab, and sees where the focus is.
import assert from "node:assert/strict";

const stopsMax = 25;

/** What has the focus: its name, and whether a person sees that. */
const focused = (page) => page.evaluate(() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  // Or around all of what it stands for: the card of a link, the frame of a map.
  const outlined = (element, levels) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return (outlineStyle !== "none" && outlineWidth !== "0px") || (levels > 0 && outlined(element.parentElement, levels - 1));
  };
  const seen = outlined(node, 3) || getComputedStyle(node).boxShadow !== "none";
  const label = node.getAttribute("aria-label") ?? node.labels?.[0]?.innerText ?? node.innerText ?? "";
  return { tag: node.localName, name: label.trim().split("\n")[0], seen };
});

export class Keys {
  /** How many stops the whole way had. */
  stops = 0;

  constructor(page) {
    this.page = page;
  }

  press(key) {
    return this.page.keyboard.press(key);
  }
  focused() {
    return focused(this.page);
  }
  /** Tab until the element with this name has the focus; it must be near, and be seen. */
  async tabTo(name) {
    const passed = [];
    for (let stop = 0; stop < stopsMax; ++stop) {
      await this.press("Tab");
      ++this.stops;
      const now = await focused(this.page);
      passed.push(now ? now.name : "(none)");
      if (!now || (name instanceof RegExp ? !name.test(now.name) : now.name !== name)) continue;
      assert.ok(now.seen, `the focus on ${name} is seen`);
      return;
    }
    assert.fail(`${name} is not among the next ${stopsMax} stops: ${passed.join(", ")}`);
  }
  /** Tab to it, then Enter. */
  async go(name) {
    await this.tabTo(name);
    await this.press("Enter");
  }
}

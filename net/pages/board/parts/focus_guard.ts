// Keeps the focus from falling to the body when the thing that had it goes: a button whose act is done, a
// row that is no longer there. The heading of what was around it gets the focus instead.

/** Watches the page for as long as it is open. */
export function guardFocus(root: HTMLElement): void {
  let around: Element[] = [];
  root.addEventListener("focusin", (event) => {
    around = [];
    for (let one = event.target as Element | null; one && one !== root; one = one.parentElement) around.push(one);
  });
  const look = () => {
    const [last] = around;
    if (!last || document.activeElement !== document.body) return;
    if (last.isConnected && !(last as HTMLButtonElement).disabled) return;
    const heading = around.slice(1).filter((one) => one.isConnected).map((one) => one.querySelector<HTMLElement>("h2, h3")).find(Boolean);
    const next = heading ?? root.querySelector<HTMLElement>("h1");
    if (!next) return;
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
  };
  // Browsers move the focus away from a disabled button a moment later.
  new MutationObserver(() => requestAnimationFrame(() => requestAnimationFrame(look)))
    .observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
}

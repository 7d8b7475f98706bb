// The focus never falls to the body: when the element that had it goes, the heading of what is shown now gets it.

export function keepFocus(): void {
  let last: Element | null = null;
  document.addEventListener("focusin", (event) => { last = event.target as Element; });
  const check = () => {
    const active = document.activeElement;
    if (!last || (active && active !== document.body)) return;
    if (last.isConnected && last.checkVisibility?.() !== false) return;
    last = null;
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  };
  new MutationObserver(() => { if (last && !last.isConnected) setTimeout(check, 50); }).observe(document.body, { childList: true, subtree: true });
}

// A modal window of the browser's own, which keeps the focus inside and gives it back.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Dialog(props: { title: string; onClose: () => void; busy?: boolean; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const opener = useRef(document.activeElement as HTMLElement | null);
  useEffect(() => {
    const node = dialog.current;
    node?.showModal();
    return () => {
      // While it is open, nothing outside of it takes the focus.
      node?.close();
      // The button that opened it may be gone with what it did.
      const back = opener.current;
      if (back?.isConnected && !back.hasAttribute("disabled")) back.focus();
      else requestAnimationFrame(() => document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true }));
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="dialog-title"
      onCancel={(event) => { event.preventDefault(); if (!props.busy) props.onClose(); }}
    >
      <h2 id="dialog-title">{props.title}</h2>
      {props.children}
    </dialog>
  );
}

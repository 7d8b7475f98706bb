// A part that is loaded when it is needed.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { words } from "../words";
import { Button, Loading } from "./basics";

/** Loads the part, and shows it then. preload() begins earlier. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let loaded: ComponentType<Props> | null = null;
  const preload = async () => { loaded ??= await load(); };
  function Lazy(props: Props) {
    const [state, setState] = useState<"loading" | "here" | "broken">(loaded ? "here" : "loading");
    useEffect(() => {
      let there = true;
      preload().then(() => { if (there) setState("here"); }, () => { if (there) setState("broken"); });
      return () => { there = false; };
    }, []);
    if (state === "broken")
      return <div class="card"><p role="alert">{words.broken}</p><Button kind="main" onClick={() => location.reload()}>{words.reload}</Button></div>;
    const Part = loaded;
    return Part && state === "here" ? <Part {...props} /> : <Loading />;
  }
  return Object.assign(Lazy, { preload });
}

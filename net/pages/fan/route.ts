// Where the page is: the part of the address behind #.
import { useEffect, useState } from "preact/hooks";

export type Route =
  | { view: "concerts" }
  | { view: "concert"; concertId: number }
  | { view: "tickets" }
  | { view: "device" }
  | { view: "adopt"; concertId: number; token: string };

export const paths = {
  concerts: "#/",
  concert: (concertId: number) => `#/concerts/${concertId}`,
  tickets: "#/tickets",
  device: "#/device",
  adopt: (concertId: number, token: string) => `#/adopt/${concertId}/${token}`,
};

export function parseRoute(hash: string): Route {
  const [, first = "", second = "", third = ""] = hash.split("/");
  if (first === "concerts" && /^\d+$/.test(second)) return { view: "concert", concertId: Number(second) };
  if (first === "adopt" && /^\d+$/.test(second) && third) return { view: "adopt", concertId: Number(second), token: third };
  if (first === "tickets" || first === "device") return { view: first };
  return { view: "concerts" };
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const change = () => setHash(location.hash);
    window.addEventListener("hashchange", change);
    return () => window.removeEventListener("hashchange", change);
  }, []);
  return parseRoute(hash);
}

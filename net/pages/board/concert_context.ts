// The concert whose view is open, as last read, and the version of its settings.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ConcertAdmin, Versioned } from "../client/src/operator";

export interface OpenConcert {
  concert: ConcertAdmin;
  etag: string;
  refresh(): void;
  replace(read: Versioned<ConcertAdmin>): void;
}

export type ShowingOfConcert = ConcertAdmin["dates"][number];

export const ConcertContext = createContext<OpenConcert | null>(null);

export function useConcert(): OpenConcert {
  const open = useContext(ConcertContext);
  if (!open) throw new Error("no concert");
  return open;
}

export function useConcertDate(date: string): ShowingOfConcert | undefined {
  return useConcert().concert.dates.find((one) => one.date === date);
}

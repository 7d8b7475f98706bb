// The operator's key, what it may do, and the client that uses it.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { OperatorClient, type KeyRights, type Scope } from "../client/src/operator";

const storageKey = "frontrow.board.key";

export interface Session {
  client: OperatorClient;
  key: KeyRights;
  /** Whether the key has one of the scopes. */
  may(...scopes: Scope[]): boolean;
  /** Whether the key is for this concert; without a number: for things that belong to no concert. */
  covers(concert?: number): boolean;
  signOut(): void;
  /** The server no longer takes the key. */
  expire(): void;
}

export const SessionContext = createContext<Session | null>(null);

/** Also before the sign-in. */
export function useSessionIfAny(): Session | null {
  return useContext(SessionContext);
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("no session");
  return session;
}

/** Asks the server what the key may do; fails with a problem if it does not know the key. */
export async function openSession(secret: string, end: (expired: boolean) => void): Promise<Session> {
  const client = new OperatorClient({ key: secret });
  const key = await client.readKey();
  return {
    client,
    key,
    may: (...scopes) => scopes.some((scope) => key.scopes.includes(scope)),
    covers: (concert) => key.concerts === null || (concert !== undefined && key.concerts.includes(concert)),
    signOut: () => end(false),
    expire: () => end(true),
  };
}

// The key lives as long as the tab.
export const keptKey = {
  read: (): string | null => sessionStorage.getItem(storageKey),
  write: (secret: string): void => sessionStorage.setItem(storageKey, secret),
  forget: (): void => sessionStorage.removeItem(storageKey),
};

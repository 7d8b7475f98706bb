// The shapes of the API, as the server's own document tells them: schema.d.ts is made from it.
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Concert = Schemas["Concert"];
export type ConcertDate = Schemas["DateLeft"];
export type SectionLeft = Schemas["SectionLeft"];
export type Phase = Schemas["Phase"];
export type QueueEntry = Schemas["QueueEntry"];
export type LineView = Schemas["LineView"];
export type LineBlock = Schemas["LineBlock"];
export type IssuedToken = Schemas["IssuedToken"];
export type Plan = Schemas["Plan"];
export type SeatBitmap = Schemas["SeatBitmap"];
export type SeatChanges = Schemas["SeatChanges"];
export type Hold = Schemas["Hold"];
export type HoldRequest = Schemas["HoldRequest"];
export type Payment = Schemas["Payment"];
export type Ticket = Schemas["Ticket"];
export type Waitlist = Schemas["Waitlist"];
export type WaitlistRequest = Schemas["NewWaitlistEntry"];
export type Balance = Schemas["BalanceOfUser"];
export type Charge = Schemas["Charge"];
export type ChargeRequest = Schemas["ChargeRequest"];
export type Challenge = Schemas["Challenge"];

// The best available seats by quantity: the quickest way through the shop.
import type { HoldRequest, SeatFeedState } from "@frontrow/client";
import { useState } from "preact/hooks";
import { ActProblem, Button } from "../parts/basics";
import type { Act } from "../session";
import { formats, words } from "../words";
import { leftIn } from "./seat_picker";
import type { Seating } from "./seating";

export interface Wish {
  /** "" for anywhere, "c:" and a category, or "s:" and a section. */
  where: string;
  quantity: number;
}

interface QuantityProps {
  seating: Seating;
  feed: SeatFeedState;
  currency: string;
  /** How many more seats the fan may have. */
  max: number;
  wish: Wish;
  act: Act;
  onWish: (wish: Wish) => void;
  onHold: (request: HoldRequest) => void;
}

interface Option {
  value: string;
  name: string;
  price: number;
  left: number;
}

function optionsOf(seating: Seating, feed: SeatFeedState): Option[] {
  const options = new Map<string, Option>();
  for (const run of seating.runs) {
    const whole = run.general || run.category === run.name;
    const value = whole ? `s:${run.name}` : `c:${run.category}`;
    const option = options.get(value) ?? { value, name: whole ? run.name : run.category, price: run.price, left: 0 };
    option.left += leftIn(feed, run);
    options.set(value, option);
  }
  return [...options.values()];
}

export function QuantityForm({ seating, feed, currency, max, wish, act, onWish, onHold }: QuantityProps) {
  const [together, setTogether] = useState(false);
  const quantity = Math.max(1, Math.min(wish.quantity, max));
  const hold = () => {
    const [kind, name] = [wish.where.slice(0, 2), wish.where.slice(2)];
    const where = kind === "c:" ? { category: name } : kind === "s:" ? { section: name } : {};
    onHold({ date: seating.date, quantity, ...where, ...(together && quantity > 1 ? { together } : {}) } as HoldRequest);
  };
  const step = (by: number) => onWish({ ...wish, quantity: Math.max(1, Math.min(max, quantity + by)) });
  return (
    <form class="card quantity" onSubmit={(event) => { event.preventDefault(); hold(); }}>
      <h2>{words.shop.best}</h2>
      <div class="stepper" role="group" aria-label={words.shop.quantity}>
        <span>{words.shop.quantity}</span>
        <button type="button" aria-label={words.shop.fewer} aria-disabled={quantity <= 1} onClick={() => step(-1)}>{"\u2212"}</button>
        <output id="quantity" aria-live="polite">{formats.number(quantity)}</output>
        <button type="button" aria-label={words.shop.more} aria-disabled={quantity >= max} onClick={() => step(1)}>+</button>
      </div>
      <label class="field">
        <span>{words.shop.where}</span>
        <select id="where" value={wish.where} onChange={(event) => onWish({ ...wish, where: event.currentTarget.value })}>
          <option value="">{words.shop.anywhere}</option>
          {optionsOf(seating, feed).map(({ value, name, price, left }) => (
            <option key={value} value={value} disabled={!left}>{words.shop.option(name, formats.money(price, currency), formats.number(left))}</option>
          ))}
        </select>
      </label>
      {quantity > 1 && (
        <label class="check"><input type="checkbox" checked={together} onChange={(event) => setTogether(event.currentTarget.checked)} />{words.shop.together}</label>
      )}
      <ActProblem act={act} />
      <Button kind="main" submit busy={act.busy || max < 1} onClick={hold}>{words.shop.holdBest(quantity)}</Button>
    </form>
  );
}

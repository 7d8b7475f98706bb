// What is left of a concert, and at what price.
import type { Concert, ConcertDate, SectionLeft } from "@frontrow/client";
import { client } from "../session";
import { formats, words } from "../words";

/** Why a date can't be had; empty if it can. */
export function dateClosed(date: ConcertDate): string {
  if (date.cancelled) return words.left.cancelled;
  if (date.closesAt && Date.parse(date.closesAt) <= client.now()) return words.left.offSale;
  return date.seatsAvailable ? "" : words.left.soldOut;
}

interface PriceClass {
  name: string;
  price: number;
  left: number;
  total: number;
}

// A plan's section is several where its seats have several categories: people ask for categories.
function priceClasses(sections: SectionLeft[]): PriceClass[] {
  const classes = new Map<string, PriceClass>();
  for (const { name, category, price, seatsAvailable, seatsTotal } of sections) {
    const key = `${category ?? name} ${price}`;
    const one = classes.get(key) ?? { name: category ?? name, price, left: 0, total: 0 };
    one.left += seatsAvailable;
    one.total += seatsTotal;
    classes.set(key, one);
  }
  return [...classes.values()];
}

function DateTable({ date, concert }: { date: ConcertDate; concert: Concert }) {
  const closed = dateClosed(date);
  return (
    <table class={closed ? "prices closed" : "prices"}>
      <caption>{formats.showing(date.date)} {closed && <span class="pill">{closed}</span>}</caption>
      <thead><tr><th scope="col">{words.left.section}</th><th scope="col" class="number">{words.left.price}</th><th scope="col" class="number">{words.left.seats}</th></tr></thead>
      <tbody>
        {priceClasses(date.sections).map(({ name, price, left, total }) => (
          <tr key={`${name} ${price}`} class={left ? "" : "none"}>
            <th scope="row">{name}</th>
            <td class="number">{formats.money(price, concert.currency)}</td>
            <td class="number">{left ? words.left.of(formats.number(left), formats.number(total)) : words.left.soldOut}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Every date with its sections: prices and what is left right now. */
export function SeatsLeft({ concert }: { concert: Concert }) {
  return (
    <section class="card" aria-labelledby="seats-left">
      <h2 id="seats-left">{words.left.title}</h2>
      {concert.dates.map((date) => <DateTable key={date.date} date={date} concert={concert} />)}
      {concert.timeZone && concert.dates.some(({ date }) => date.includes("T")) &&
        <p class="soft small">{words.placeTime(concert.timeZone)}</p>}
    </section>
  );
}

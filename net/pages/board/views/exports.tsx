// The tables of one moment, as files.
import { useConcert } from "../concert_context";
import { saveFile } from "../format";
import { ActButton } from "../parts/act_button";
import { Card } from "../parts/blocks";
import { useSession } from "../session";
import { words } from "../words";

const w = words.exports;

export function ExportsTab() {
  const { client } = useSession();
  const { concert } = useConcert();
  const kinds = [
    { what: "payments", title: w.payments, text: w.paymentsText },
    { what: "seats", title: w.seats, text: w.seatsText },
    { what: "tickets", title: w.tickets, text: w.ticketsText },
  ];
  const download = (what: string, format: string) => async () => {
    const file = await client.exportConcert(concert.concertId, what, format);
    saveFile(file.name, file.data);
    return w.done(file.name);
  };
  return (
    <>
      <p class="soft">{w.text}</p>
      <div class="tiles">
        {kinds.map(({ what, title, text }) => (
          <Card key={what} title={title}>
            <p class="soft">{text}</p>
            <div class="row">
              <ActButton label={w.csv} of={[what, "csv"]} send={download(what, "csv")} />
              <ActButton label={w.ndjson} of={[what, "ndjson"]} send={download(what, "ndjson")} />
            </div>
          </Card>
        ))}
      </div>
    </>
  );
}

// The same fan on another device: its address as a code here, and taking over there.
import { useState } from "preact/hooks";
import { ActProblem, Button, Heading } from "../parts/basics";
import { QrCode } from "../parts/qr";
import { say } from "../parts/speech";
import { keepTickets } from "../parts/ticket_notes";
import { paths } from "../route";
import { client, useAct } from "../session";
import { words } from "../words";

/** The newest place that has a token, one that is not over before others. */
function placeToTake(): { concertId: number; token: string } | null {
  const places = client.places.map((concertId) => client.visit(concertId));
  const visit = places.find(({ state }) => state.hasPlace) ?? places[places.length - 1];
  return visit?.token ? { concertId: visit.concertId, token: visit.token } : null;
}

export function DeviceView() {
  const [shown, setShown] = useState(false);
  const place = placeToTake();
  const link = place ? new URL(paths.adopt(place.concertId, place.token), location.href).href : "";
  const copy = async () => {
    await navigator.clipboard.writeText(link);
    say(words.device.copied, true);
  };
  return (
    <div class="narrow">
      <Heading>{words.device.title}</Heading>
      {!place && <p class="card">{words.device.none}</p>}
      {place && (
        <section class="card device">
          <p>{words.device.text}</p>
          <p class="notice">{words.device.secret}</p>
          {shown ? <QrCode text={link} label={words.device.code} /> : <Button kind="main" onClick={() => setShown(true)}>{words.device.show}</Button>}
          {shown && <Button onClick={() => void copy().catch(() => {})}>{words.device.copy}</Button>}
        </section>
      )}
    </div>
  );
}

/** This device was led here by the code of another one. */
export function AdoptView({ concertId, token }: { concertId: number; token: string }) {
  const act = useAct();
  const [hadUser] = useState(() => client.places.length > 0);
  const adopt = () => act.run(async () => {
    await client.adopt(concertId, token);
    await keepTickets().catch(() => {});
    location.replace(paths.concert(concertId));
    location.reload();
  });
  return (
    <div class="narrow">
      <Heading>{words.device.adoptTitle}</Heading>
      <section class="card device">
        <p>{words.device.adoptText}</p>
        {hadUser && <p class="notice">{words.device.replaces}</p>}
        <ActProblem act={act} />
        <Button kind="main" busy={act.busy} onClick={() => void adopt()}>{words.device.adopt}</Button>
      </section>
    </div>
  );
}

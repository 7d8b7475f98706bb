// Chooses the view of a route; what the key may not do is not offered.
import { ViewTitle } from "../parts/blocks";
import { placesOf } from "../parts/navigation";
import type { Route } from "../route";
import { useSession } from "../session";
import { words } from "../words";
import { AuditView } from "./audit";
import { ClusterView } from "./cluster";
import { ConcertView } from "./concert";
import { ConcertsView } from "./concerts";
import { CreateView } from "./create";
import { GateView } from "./gate";
import { WalletsView } from "./wallets";

export function View({ route }: { route: Route }) {
  const session = useSession();
  const places = placesOf(session).map(({ name }) => name);
  const [asked = places[0], id] = route.parts;
  if (!asked || !places.includes(asked)) {
    return <><ViewTitle of="nothing">{words.signIn.title}</ViewTitle><p>{places.length ? words.nothing : words.signIn.useless}</p></>;
  }
  switch (asked) {
    case "new": return <CreateView />;
    case "wallets": return <WalletsView user={route.query.get("user") ?? ""} />;
    case "gate": return <GateView />;
    case "audit": return <AuditView />;
    case "cluster": return <ClusterView />;
    default: {
      const concert = Number(id);
      if (id === undefined || !Number.isSafeInteger(concert) || concert < 1 || !session.covers(concert)) return <ConcertsView />;
      return <ConcertView key={concert} id={concert} route={route} />;
    }
  }
}

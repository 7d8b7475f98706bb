// The code of a ticket as a QR code, drawn as one path.
import { encode } from "uqr";

export function TicketCode({ code, name }: { code: string; name: string }) {
  const { size, data } = encode(code, { ecc: "M", border: 2 });
  const path = data.flatMap((line, y) => line.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={name} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

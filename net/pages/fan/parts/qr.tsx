// A QR code as a drawing; dark on white in either colour scheme, as scanners want it.
import { useMemo } from "preact/hooks";
import { encode } from "uqr";

export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    const code = encode(text, { ecc: "L", border: 4 });
    let drawn = "";
    code.data.forEach((row, y) => row.forEach((dark, x) => { if (dark) drawn += `M${x} ${y}h1v1h-1z`; }));
    return { size: code.size, path: drawn };
  }, [text]);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

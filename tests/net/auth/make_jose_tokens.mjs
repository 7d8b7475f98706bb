// Makes tests/net/auth/jose_tokens.json: a JWK Set and tokens of the npm package jose, another
// implementation of RFC 7515 to 7519, for tests/net/auth/identity_test.cc.
//
//   npm install jose && node make_jose_tokens.mjs > jose_tokens.json
import * as jose from "jose";
import { createHmac } from "node:crypto";

const issuer = "https://shop.example";
const audience = "frontrow";
const now = 1_800_000_000; // the time at which the tests verify
const subject = "0190163d-8694-739b-aea5-966c26f8ad91";
const base64url = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

const pairs = {};
for (const [id, alg, options] of [
  ["rsa", "RS256", { modulusLength: 2048 }],
  ["ec", "ES256", {}],
  ["ed", "Ed25519", { crv: "Ed25519" }],
  ["stranger", "ES256", {}],
]) {
  pairs[id] = { alg: alg === "Ed25519" ? "EdDSA" : alg, ...(await jose.generateKeyPair(alg, { extractable: true, ...options })) };
}
const jwk = async (id) => ({ ...(await jose.exportJWK(pairs[id].publicKey)), kid: id, use: "sig", alg: pairs[id].alg });
const keys = [await jwk("rsa"), await jwk("ec"), await jwk("ed")];

const sign = (id, { claims = {}, header = {}, without = [] } = {}) => {
  const all = { iss: issuer, aud: audience, sub: subject, iat: now - 10, exp: now + 600, ...claims };
  for (const name of without) delete all[name];
  return new jose.SignJWT(all).setProtectedHeader({ alg: pairs[id].alg, kid: id, typ: "JWT", ...header }).sign(pairs[id].privateKey);
};

const good = {
  rs256: await sign("rsa"),
  es256: await sign("ec"),
  eddsa: await sign("ed"),
  audience_list: await sign("ec", { claims: { aud: ["other", audience] } }),
  no_type: await sign("ec", { header: { typ: undefined } }),
  no_key_id: await sign("ed", { header: { kid: undefined } }),
  fraction: await sign("ec", { claims: { exp: now + 0.5 } }),
  subject_text: await sign("ec", { claims: { sub: "customer-4711" } }),
  other_claim: await sign("ec", { claims: { customer: subject, sub: "not-this-one" } }),
  leeway: await sign("ec", { claims: { exp: now - 59, nbf: now + 59 } }),
};

// What RFC 8725 warns of, and what is out of date or for others.
const [header, payload, signature] = good.es256.split(".");
const hmac = (secret, head) => {
  const text = `${base64url(head)}.${payload}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
};
const spki = await jose.exportSPKI(pairs.rsa.publicKey);
const flip = (text) => (text[10] === "A" ? "B" : "A");
const bad = {
  algorithm_none: { token: `${base64url({ alg: "none", kid: "ec" })}.${payload}.`, fault: "algorithm" },
  algorithm_none_capital: { token: `${base64url({ alg: "None" })}.${payload}.`, fault: "algorithm" },
  hmac_with_the_public_key: { token: hmac(spki, { alg: "HS256", kid: "rsa" }), fault: "algorithm" },
  hmac_with_the_empty_key: { token: hmac("", { alg: "HS256" }), fault: "algorithm" },
  algorithm_missing: { token: `${base64url({ kid: "ec" })}.${payload}.${signature}`, fault: "algorithm" },
  algorithm_of_another_key: { token: `${base64url({ alg: "RS256", kid: "ec" })}.${payload}.${signature}`, fault: "unknown-key" },
  key_of_another_algorithm: { token: `${base64url({ alg: "ES256", kid: "rsa" })}.${payload}.${signature}`, fault: "unknown-key" },
  unknown_key: { token: await sign("stranger"), fault: "unknown-key" },
  foreign_signature: { token: await sign("stranger", { header: { kid: "ec" } }), fault: "signature" },
  embedded_key: {
    token: await sign("stranger", { header: { kid: "ec", jwk: await jose.exportJWK(pairs.stranger.publicKey) } }),
    fault: "signature",
  },
  embedded_url: { token: await sign("stranger", { header: { kid: "ec", jku: "https://evil.example/jwks" } }), fault: "signature" },
  critical: { token: `${base64url({ alg: "ES256", kid: "ec", crit: ["b64"], b64: true })}.${payload}.${signature}`, fault: "critical" },
  critical_empty: { token: `${base64url({ alg: "ES256", kid: "ec", crit: [] })}.${payload}.${signature}`, fault: "critical" },
  other_claims: { token: `${header}.${base64url({ iss: issuer, aud: audience, sub: "x", exp: now + 600 })}.${signature}`, fault: "signature" },
  flipped_signature: { token: `${header}.${payload}.${signature.slice(0, 10)}${flip(signature)}${signature.slice(11)}`, fault: "signature" },
  zero_signature: { token: `${header}.${payload}.${Buffer.alloc(64).toString("base64url")}`, fault: "signature" },
  short_signature: { token: `${header}.${payload}.${signature.slice(0, 84)}`, fault: "signature" },
  empty_signature: { token: `${header}.${payload}.`, fault: "signature" },
  issuer: { token: await sign("ec", { claims: { iss: "https://shop.example/" } }), fault: "issuer" },
  issuer_missing: { token: await sign("ec", { without: ["iss"] }), fault: "issuer" },
  audience: { token: await sign("ec", { claims: { aud: "frontrow2" } }), fault: "audience" },
  audience_missing: { token: await sign("ec", { without: ["aud"] }), fault: "audience" },
  audience_empty: { token: await sign("ec", { claims: { aud: [] } }), fault: "audience" },
  expired: { token: await sign("ec", { claims: { exp: now - 60 } }), fault: "expired" },
  expiry_missing: { token: await sign("ec", { without: ["exp"] }), fault: "expired" },
  not_yet_valid: { token: await sign("ec", { claims: { nbf: now + 61 } }), fault: "not-yet-valid" },
  subject_missing: { token: await sign("ec", { without: ["sub"] }), fault: "subject" },
  subject_empty: { token: await sign("ec", { claims: { sub: "" } }), fault: "subject" },
  encrypted: {
    token: await new jose.CompactEncrypt(new TextEncoder().encode("{}")).setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", kid: "rsa" })
      .encrypt(await jose.importJWK(await jwk("rsa"), "RSA-OAEP-256")),
    fault: "malformed",
  },
};
console.log(JSON.stringify({ issuer, audience, now, subject, jwks: { keys }, good, bad }, null, 1));

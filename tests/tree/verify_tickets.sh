#!/usr/bin/env bash
# Passes and tickets are verified offline by another JOSE library, Debian's python3-jwcrypto, from what the server
# publishes: by keys of both algorithms, by the previous key after a renewal, and not once they are changed.
#
# Usage: verify_tickets.sh FRONTROW. Exit code 77 where the library is not installed.
set -euo pipefail
frontrow=$1
python=/usr/bin/python3
"$python" -c 'import jwcrypto' 2>/dev/null || exit 77

scratch=$(mktemp -d)
server=
cleanup() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$scratch"
}
trap cleanup EXIT

umask 077
"$frontrow" keys signing --algorithm ES256 >"$scratch/es256.pem"
"$frontrow" keys signing --algorithm EdDSA >"$scratch/eddsa.pem"
cp "$scratch/es256.pem" "$scratch/signing.pem"
"$frontrow" serve --data-dir "$scratch/data" --listen 127.0.0.1:0 --wallet-charge fan --passes-key-file "$scratch/signing.pem" \
  >"$scratch/out" 2>"$scratch/log" &
server=$!
for _ in $(seq 200); do
  grep -q '^listening on ' "$scratch/out" && break
  sleep 0.05
done
url=$(sed -n 's/^listening on //p' "$scratch/out")
[[ -n $url ]] || { cat "$scratch/log"; exit 1; }

"$python" - "$url" "$(<"$scratch/data/admin.key")" "$scratch" "$server" <<'SCRIPT'
import json, os, signal, sys, time, urllib.request
from jwcrypto import jwk, jws

url, admin, scratch, server = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])

def call(method, path, token=None, body=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(url + path, data, headers, method=method)) as answer:
        return json.load(answer)

def published():
    return jwk.JWKSet.from_json(json.dumps(call("GET", "/.well-known/jwks.json")))

def claims_of(token, keys, algorithm, kind):
    parsed = jws.JWS()
    parsed.allowed_algs = ["EdDSA", "ES256"]
    parsed.deserialize(token)
    header = parsed.jose_header
    assert (header["alg"], header["typ"]) == (algorithm, kind), header
    parsed.verify(keys.get_key(header["kid"]))
    return json.loads(parsed.payload)

def is_refused(token, keys):
    head, claims, signature = token.split(".")
    for other in (claims[:9] + ("A" if claims[9] != "A" else "B") + claims[10:], claims + "AA"):
        parsed = jws.JWS()
        parsed.allowed_algs = ["EdDSA", "ES256"]
        try:
            parsed.deserialize(".".join((head, other, signature)))
            parsed.verify(keys.get_key(parsed.jose_header["kid"]))
            return False
        except jws.InvalidJWSSignature:
            pass
    return True

concert = call("POST", "/v1/admin/concerts", admin, {"title": "T", "dates": [{"date": "2047-05-01"}]})["concertId"]
user = "0190163d-8694-739b-aea5-966c26f8ad91"
token = call("POST", f"/v1/concerts/{concert}/queue/tokens", None, {"userId": user})["token"]
call("POST", f"/v1/users/{user}/balance/charges", token, {"amount": 1000000})
pass_of = lambda: call("GET", f"/v1/concerts/{concert}/queue/token/pass", token)["pass"]
tickets_of = lambda: [t["code"] for t in call("GET", f"/v1/users/{user}/tickets", token)["tickets"]]

old_pass = pass_of()
keys = published()
shop = claims_of(old_pass, keys, "ES256", "pass+jwt")
assert (shop["sub"], shop["con"], shop["num"]) == (user, concert, 1), shop
assert shop["adm"] <= time.time() < shop["exp"], shop

# The new key first.
with open(scratch + "/signing.pem", "w") as out:
    for name in ("eddsa", "es256"):
        out.write(open(f"{scratch}/{name}.pem").read())
os.kill(server, signal.SIGHUP)
for _ in range(200):
    keys = published()
    if len(keys["keys"]) == 2:
        break
    time.sleep(0.05)
claims_of(old_pass, keys, "ES256", "pass+jwt")
claims_of(pass_of(), keys, "EdDSA", "pass+jwt")

hold = call("POST", f"/v1/concerts/{concert}/holds", token, {"date": "2047-05-01", "seats": [7, 8]})["holdId"]
call("POST", f"/v1/concerts/{concert}/payments", token, {"holdId": hold})
codes = tickets_of()
assert len(codes) == 2
for code, seat in zip(codes, (7, 8)):
    claims = claims_of(code, keys, "EdDSA", "ticket+jwt")
    assert (claims["con"], claims["dat"], claims["sea"]) == (concert, "2047-05-01", seat), claims
    assert user not in json.dumps(claims)
    assert is_refused(code, keys)
assert is_refused(old_pass, keys)
assert all("d" not in json.loads(key.export_public()) for key in keys["keys"])
print("2 passes and 2 tickets are verified by jwcrypto")
SCRIPT

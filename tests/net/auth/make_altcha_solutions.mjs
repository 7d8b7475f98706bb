// Makes tests/net/auth/altcha_solutions.json: solutions of one challenge by the npm package
// altcha-lib, whose two generations of proof of work are the formats that net/auth/challenge.h
// makes, for tests/net/auth/challenge_test.cc.
//
//   npm install altcha-lib@2 && node make_altcha_solutions.mjs altcha_challenge.json > altcha_solutions.json
import { readFileSync } from "node:fs";
import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/sha";
import { solveChallenge as solveOld } from "altcha-lib/v1";

const challenge = JSON.parse(readFileSync(process.argv[2]));
const base64 = (value) => Buffer.from(JSON.stringify(value)).toString("base64");

const solution = await solveChallenge({ challenge, deriveKey });
const { parameters, signature } = challenge;
const old = await solveOld(challenge.challenge, challenge.salt, challenge.algorithm, challenge.maxnumber).promise;
const { algorithm, salt } = challenge;
const payload = { algorithm, challenge: challenge.challenge, number: old.number, salt, signature, took: old.took };
process.stdout.write(
  JSON.stringify({
    pow2: base64({ challenge: { parameters, signature }, solution }),
    pow2_whole: base64({ challenge, solution }),
    pow1: base64(payload),
  }) + "\n",
);

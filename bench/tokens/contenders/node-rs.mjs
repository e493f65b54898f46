import { signSync, verifySync } from '@node-rs/jsonwebtoken'
import { demand, PARTIES } from '../parties.mjs'

const { issuer, audience, tolerance } = PARTIES

/** It does not show the header, so this one alone cannot insist on its typ. */
export function verifier({ algorithm, secret, publicKey, privateKey }) {
  const options = {
    algorithms: [algorithm],
    iss: [issuer],
    aud: [audience],
    validateNbf: true,
    leeway: tolerance,
    requiredSpecClaims: ['exp', 'iss', 'aud', 'sub'],
  }
  const header = { algorithm }
  return {
    verify: (token) => demand(verifySync(token, secret ?? publicKey, options)),
    sign: (claims) => signSync(claims, secret ?? privateKey, header),
  }
}

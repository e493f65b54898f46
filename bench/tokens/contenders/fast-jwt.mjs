import { createSigner, createVerifier } from 'fast-jwt'
import { demand, PARTIES } from '../parties.mjs'

const { issuer, audience, typ, tolerance } = PARTIES

export function verifier({ algorithm, secret, publicKey, privateKey }, cache) {
  const verify = createVerifier({
    key: secret ?? publicKey,
    algorithms: [algorithm],
    allowedIss: issuer,
    allowedAud: audience,
    checkTyp: typ,
    clockTolerance: tolerance * 1000,
    requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp', 'jti', 'type'],
    cache,
  })
  const sign = createSigner({ key: secret ?? privateKey, algorithm, noTimestamp: true, header: { typ } })
  return { verify: (token) => demand(verify(token)), sign }
}

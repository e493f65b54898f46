import { createJwtManager, createVerifier } from 'latchkey'
import { importPrivateKey, importPublicKey, secretKey, signJwt } from 'latchkey/jwt'
import { PARTIES } from '../parties.mjs'

const { issuer: iss, audience, typ, tolerance } = PARTIES

const signingKeyOf = ({ algorithm, secret, privateKey }) =>
  secret === undefined ? importPrivateKey(privateKey, { algorithm }) : secretKey(secret, { algorithm })

const verifyingKeyOf = (keys) =>
  keys.publicKey === undefined
    ? signingKeyOf(keys)
    : importPublicKey(keys.publicKey, { algorithm: keys.algorithm })

export function verifier(keys, cachedTokens) {
  const signing = signingKeyOf(keys)
  const { authenticate } = createVerifier({
    issuer: iss,
    audience,
    tolerance,
    keys: verifyingKeyOf(keys),
    cachedTokens,
  })
  return {
    verify: (token) => authenticate(token).claims,
    sign: (claims) => signJwt(claims, signing, { typ }),
  }
}

/** At its time nothing has expired; what the real time would refuse meets the cheapest error that V8 has. */
export function thrower(keys) {
  Error.stackTraceLimit = 0
  const key = verifyingKeyOf(keys)
  const earlier = Date.now() - 7_200_000
  const clock = () => earlier
  const { authenticate } = createVerifier({ issuer: iss, audience, tolerance, keys: key, clock })
  const now = Math.floor(Date.now() / 1000)
  return {
    verify(token) {
      const { claims } = authenticate(token)
      if (claims.exp <= now) throw new Error('The token has expired.')
      return claims
    },
  }
}

export function issuer(keys) {
  const manager = createJwtManager({ issuer: iss, audience, keys: signingKeyOf(keys) })
  return { isAsync: true, verify: null, sign: ({ sub }) => manager.createAccessToken(sub) }
}

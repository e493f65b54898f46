import { createJwtManager, createVerifier } from 'latchkey'
import { importPrivateKey, importPublicKey, secretKey, signJwt } from 'latchkey/jwt'
import { PARTIES } from '../parties.mjs'

const { issuer: iss, audience, typ, tolerance } = PARTIES

const signingKeyOf = ({ algorithm, secret, privateKey }) =>
  secret === undefined ? importPrivateKey(privateKey, { algorithm }) : secretKey(secret, { algorithm })

export function verifier(keys, cachedTokens) {
  const key = signingKeyOf(keys)
  const { algorithm, publicKey } = keys
  const verifying = publicKey === undefined ? key : importPublicKey(publicKey, { algorithm })
  const { authenticate } = createVerifier({ issuer: iss, audience, tolerance, keys: verifying, cachedTokens })
  return {
    verify: (token) => authenticate(token).claims,
    sign: (claims) => signJwt(claims, key, { typ }),
  }
}

export function issuer(keys) {
  const manager = createJwtManager({ issuer: iss, audience, keys: signingKeyOf(keys) })
  return { isAsync: true, verify: null, sign: ({ sub }) => manager.createAccessToken(sub) }
}

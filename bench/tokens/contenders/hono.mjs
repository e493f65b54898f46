import { sign, verify } from 'hono/jwt'
import { demand, PARTIES } from '../parties.mjs'
import { webKeys } from './web-keys.mjs'

const { issuer, audience, typ } = PARTIES

export async function verifier(keys) {
  const { algorithm } = keys
  const { verifying, signing } = await webKeys(keys)
  const options = { alg: algorithm, iss: issuer, aud: audience, typ }
  return {
    isAsync: true,
    verify: async (token) => demand(await verify(token, verifying, options)),
    sign: (claims) => sign(claims, signing, algorithm),
  }
}

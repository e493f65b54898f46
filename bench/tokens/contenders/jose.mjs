import { jwtVerify, SignJWT } from 'jose'
import { demand, PARTIES } from '../parties.mjs'
import { webKeys } from './web-keys.mjs'

const { issuer, audience, typ, tolerance } = PARTIES

export async function verifier(keys) {
  const { algorithm } = keys
  const { verifying, signing } = await webKeys(keys)
  const options = {
    algorithms: [algorithm],
    issuer,
    audience,
    typ,
    clockTolerance: tolerance,
    requiredClaims: ['sub', 'iat', 'exp', 'jti'],
  }
  return {
    isAsync: true,
    verify: async (token) => demand((await jwtVerify(token, verifying, options)).payload),
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ }).sign(signing),
  }
}

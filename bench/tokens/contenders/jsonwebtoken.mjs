import { createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto'
import jsonwebtoken from 'jsonwebtoken'
import { demand, PARTIES } from '../parties.mjs'

const { issuer, audience, typ, tolerance } = PARTIES

export function verifier({ algorithm, secret, publicKey, privateKey }) {
  if (algorithm === 'EdDSA') return null
  const verifying = secret === undefined ? createPublicKey(publicKey) : createSecretKey(secret, 'utf8')
  const signing = secret === undefined ? createPrivateKey(privateKey) : verifying
  const options = { algorithms: [algorithm], issuer, audience, clockTolerance: tolerance, complete: true }
  const header = { alg: algorithm, typ }
  return {
    verify(token) {
      const verified = jsonwebtoken.verify(token, verifying, options)
      if (verified.header.typ !== typ) throw new Error('typ')
      return demand(verified.payload)
    },
    sign: (claims) => jsonwebtoken.sign(claims, signing, { algorithm, header }),
  }
}

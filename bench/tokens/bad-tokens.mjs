import { randomBytes } from 'node:crypto'
import { claimsOf, keysOf, signerOf } from './token-file.mjs'

/** Four ways to be refused, as anybody could send them (the expired one: as everybody sends them one day). */
export const BAD = {
  signature: (algorithm) => {
    const sign = signerOf(algorithm, keysOf(algorithm))
    return (index) => sign(claimsOf(index))
  },
  expired: (algorithm, keys) => {
    const sign = signerOf(algorithm, keys)
    return (index) => sign(claimsOf(index, undefined, -3600))
  },
  // The algorithm that everybody confuses: the same text as a secret, or the public key as one.
  algorithm: (algorithm, { secret, publicKey }) => {
    const other = algorithm === 'HS256' ? 'HS512' : 'HS256'
    const sign = signerOf(other, { secret: secret ?? publicKey })
    return (index) => sign(claimsOf(index))
  },
  garbage: () => (index) => {
    const text = randomBytes(210).toString('base64url')
    if (index % 3 === 0) return text
    if (index % 3 === 1) return `${text.slice(0, 40)}.${text.slice(41, 230)}.${text.slice(231)}`
    return `${text.slice(0, 100)}!${text.slice(101)}`
  },
}

import { randomFillSync } from 'node:crypto'

const BYTES = 16
const pool = Buffer.alloc(BYTES * 256)
let next = pool.length

/**
 * An id of 128 random bits, as base64url. Drawn from the system 256 at a time, because a call for each takes as long as
 * signing a token. For names, not for secrets: the ones to come lie in memory for a while.
 */
export function randomId(): string {
  if (next === pool.length) {
    randomFillSync(pool)
    next = 0
  }
  next += BYTES
  return pool.toString('base64url', next - BYTES, next)
}

import { decodeDotted } from '../base64.ts'
import { asTyped, type Recipe } from '../work.ts'

const SHAPE = /^\$pbkdf2(?:-(sha256|sha512))?\$(\d{1,9})\$([A-Za-z0-9./]{0,256})\$([A-Za-z0-9./]{22,86})$/

/** `$pbkdf2-sha256$29000$<salt>$<sum>`, `$pbkdf2-sha512$…`, and `$pbkdf2$…` for SHA-1. The salt is decoded. */
export function readPasslibPbkdf2(stored: string): readonly Recipe[] | null {
  const parts = SHAPE.exec(stored)
  if (!parts) return null
  const [, digest = 'sha1', rounds, salt = '', sum = ''] = parts
  const [saltBytes, expected] = [decodeDotted(salt), decodeDotted(sum)]
  if (!expected || !saltBytes) return null
  const costs = { digest, rounds: Number(rounds), length: expected.length }
  return [{ input: asTyped, work: { kind: 'pbkdf2', ...costs, salt: saltBytes }, expected, ours: false }]
}

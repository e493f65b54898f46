import { createHash, createHmac } from 'node:crypto'
import { asTyped, type Recipe } from '../work.ts'

/** What a password becomes under one digest and salt, as the system that stored it reads them. */
export type Digest = (password: string) => Uint8Array

/** A digest without any stretching, as it was stored. */
export interface SaltedDigest {
  readonly algorithm: string
  readonly salt: string
  readonly sum: Uint8Array
}

const SHAPE = /^(md5|sha1|sha224|sha256|sha384|sha512)\$([^$]{0,256})\$((?:[0-9a-f]{2}){16,64})$/
const BYTES: Readonly<Record<string, number>> = {
  md5: 16,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
}

/**
 * `sha256$<salt>$<hex>`: Werkzeug before 2.3, and Django's `md5$` and `sha1$`, which look the same and mean something else.
 * A guess costs an attacker next to nothing, so these are wrapped at the import.
 */
export function readSaltedDigest(stored: string): readonly Recipe[] | null {
  const parts = saltedDigestOf(stored)
  if (!parts) return null
  return digestsOf(parts).map((input) => ({ input, work: null, expected: parts.sum, ours: false }))
}

export function saltedDigestOf(stored: string): SaltedDigest | null {
  const parts = SHAPE.exec(stored)
  if (!parts) return null
  const [, algorithm = '', salt = '', hex = ''] = parts
  const sum = Buffer.from(hex, 'hex')
  return sum.length === BYTES[algorithm] ? { algorithm, salt, sum } : null
}

/** The ways in which this digest may have been made, the likelier first. */
export function digestsOf({ algorithm, salt }: Omit<SaltedDigest, 'sum'>): readonly Digest[] {
  const werkzeug: Digest = (password) => createHmac(algorithm, salt).update(asTyped(password)).digest()
  const django: Digest = (password) => createHash(algorithm).update(salt).update(asTyped(password)).digest()
  // Without a salt, Werkzeug takes the digest of the password alone, which is then Django's as well.
  if (salt === '') return [django]
  return algorithm === 'md5' || algorithm === 'sha1' ? [werkzeug, django] : [werkzeug]
}

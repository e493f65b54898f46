import { createHash, createHmac } from 'node:crypto'
import { asTyped, type Recipe } from '../work.ts'
import { bcryptFrom, bcryptRecipe } from './bcrypt.ts'

const KEYED = /^\$bcrypt-sha256\$v=2,t=2b,r=(\d{1,2})\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$/
const PLAIN = /^\$bcrypt-sha256\$2[ab],(\d{1,2})\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$/

/** `$bcrypt-sha256$v=2,t=2b,r=12$<salt>$<sum>`, keyed with the salt as text, and the unkeyed `$bcrypt-sha256$2b,12$…`. */
export function readPasslibBcryptSha256(stored: string): readonly Recipe[] | null {
  const keyed = KEYED.exec(stored)
  if (keyed) {
    const [, , salt = ''] = keyed
    return bcryptRecipe(bcryptFrom(keyed), (password) => base64(createHmac('sha256', salt), password))
  }
  return bcryptRecipe(bcryptFrom(PLAIN.exec(stored)), (password) => base64(createHash('sha256'), password))
}

interface Updatable {
  update(bytes: Uint8Array): { digest(encoding: 'base64'): string }
}

function base64(digest: Updatable, password: string): Uint8Array {
  return Buffer.from(digest.update(asTyped(password)).digest('base64'))
}

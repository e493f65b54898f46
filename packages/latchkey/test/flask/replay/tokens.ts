import { constants, createHmac, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { Json, JsonObject, Recipe } from './scenario.ts'

/*
 * Makes tokens, good and bad, and checks those that a server made: with node:crypto alone, so that nothing of what is
 * tested is used to test it.
 */

export const encode = (bytes: Buffer | string): string => Buffer.from(bytes as string).toString('base64url')
export const decode = (text: string): Buffer => Buffer.from(text, 'base64url')

/** `{ "$now": n }` becomes the time n seconds from now. */
export function fillNow(value: Json, now: number): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => fillNow(item, now))
  const { $now: offset, as, ...rest } = value as JsonObject
  if (typeof offset !== 'number')
    return Object.fromEntries(
      Object.entries({ ...rest, ...(as === undefined ? {} : { as }) }).map(([n, v]) => [n, fillNow(v, now)]),
    )
  const moment = Math.floor(now) + offset
  if (as === 'float') return moment + 0.5
  return as === 'string' ? String(moment) : moment
}

/** A signature over a message; `key` is a secret or a PEM private key. */
function signatureOf(algorithm: string, key: string, message: string): Buffer {
  if (algorithm === 'none') return Buffer.alloc(0)
  if (algorithm.startsWith('HS'))
    return createHmac(`sha${algorithm.slice(2)}`, key)
      .update(message)
      .digest()
  return sign(digestOf(algorithm), Buffer.from(message), {
    key: createPrivateKey(key),
    ...parameters(algorithm),
  })
}

/** Whether a signature is good; `key` is a secret or a PEM key. */
export function isGood(algorithm: string, key: string, message: string, signature: Buffer): boolean {
  if (algorithm.startsWith('HS')) return signatureOf(algorithm, key, message).equals(signature)
  const options = { key: createPublicKey(key), ...parameters(algorithm) }
  return verify(digestOf(algorithm), Buffer.from(message), options, signature)
}

const digestOf = (algorithm: string): string | null =>
  algorithm === 'EdDSA' ? null : `sha${algorithm.slice(2)}`

function parameters(algorithm: string): object {
  if (algorithm.startsWith('ES')) return { dsaEncoding: 'ieee-p1363' }
  if (!algorithm.startsWith('PS')) return {}
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}

/** A token from nothing, by the server's own key unless the recipe names another. */
export function mint(recipe: Recipe, options: JsonObject, now: number): string {
  const alg = recipe.alg ?? String(options['JWT_ALGORITHM'] ?? 'HS256')
  const header = { alg, typ: 'JWT', ...recipe.header }
  for (const name of recipe.drop_header ?? []) delete (header as Record<string, unknown>)[name]
  const signedAs = recipe.sign_as ?? alg
  const own = signedAs.startsWith('HS')
    ? (options['JWT_SECRET_KEY'] ?? options['SECRET_KEY'])
    : options['JWT_PRIVATE_KEY']
  const key = recipe.key ?? String(own)
  const head = recipe.header_text ?? JSON.stringify(header)
  const body = recipe.claims_text ?? JSON.stringify(fillNow(recipe.claims ?? {}, now))
  const message = `${encode(head)}.${encode(body)}`
  return tamper(`${message}.${encode(signatureOf(signedAs, key, message))}`, recipe.tamper ?? [], now)
}

type Change = (parts: string[], args: readonly Json[], now: number) => void

const merge =
  (at: number): Change =>
  (parts, [members], now) => {
    const part = JSON.parse(decode(parts[at]!).toString('utf8')) as JsonObject
    parts[at] = encode(JSON.stringify({ ...part, ...(fillNow(members!, now) as JsonObject) }))
  }

const edit =
  (change: (part: string, ...args: never[]) => string): Change =>
  (parts, [at, ...args]) => {
    parts[at as number] = change(parts[at as number]!, ...(args as never[]))
  }

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function flipBit(part: string): string {
  const bytes = decode(part)
  const middle = Math.floor(bytes.length / 2)
  bytes[middle]! ^= 1
  return encode(bytes)
}

/** What a recipe may do to a token, by the names of the scenarios. */
const CHANGES: Readonly<Record<string, Change>> = {
  merge_claims: merge(1),
  merge_header: merge(0),
  set_part: edit((_: string, text: string) => text),
  append_to_part: edit((part: string, text: string) => part + text),
  insert_in_part: edit((part: string, text: string) => {
    const middle = Math.floor(part.length / 2)
    return part.slice(0, middle) + text + part.slice(middle)
  }),
  truncate_part: edit((part: string, count: number) => part.slice(0, -count)),
  flip_bit: edit(flipBit),
  flip_spare_bits: edit((part: string) => part.slice(0, -1) + ALPHABET[ALPHABET.indexOf(part.at(-1)!) ^ 1]),
  standard_alphabet: edit((part: string) => part.replaceAll('-', '+').replaceAll('_', '/')),
  pad: edit((part: string) => part + '='.repeat((4 - (part.length % 4)) % 4)),
  drop_part: (parts, [at]) => void parts.splice(at as number, 1),
  add_part: (parts, [text]) => void parts.push(text as string),
  swap_parts: (parts, [one, other]) => {
    const [a, b] = [parts[one as number]!, parts[other as number]!]
    parts[one as number] = b
    parts[other as number] = a
  },
  prefix: (parts, [text]) => void parts.splice(0, 1, `${text}${parts[0]}`),
  suffix: (parts, [text]) => void parts.splice(-1, 1, `${parts.at(-1)}${text}`),
}

/** Does the damage that a recipe lists. */
export function tamper(token: string, operations: NonNullable<Recipe['tamper']>, now: number): string {
  return operations.reduce((damaged, [name, ...args]) => {
    const change = CHANGES[name]
    if (!change) throw new Error(`unknown tampering "${name}"`)
    const parts = damaged.split('.')
    change(parts, args, now)
    return parts.join('.')
  }, token)
}

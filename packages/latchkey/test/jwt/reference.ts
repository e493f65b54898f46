import { createHmac, type KeyObject, timingSafeEqual, verify } from 'node:crypto'

/*
 * The rules of a token once more, as plainly as they can be written and with nothing of the code under test: what the
 * fast path answers must be what this answers, for every text.
 */

/** A key as the reference knows it. */
export interface ReferenceKey {
  readonly algorithm: 'HS256' | 'HS384' | 'HS512' | 'ES256' | 'EdDSA' | 'RS256'
  readonly key: KeyObject
}

/** `reason` is the word of the refusal, or `null` with the claims. */
export interface Verdict {
  readonly reason: string | null
  readonly claims: unknown
}

export function referenceVerdict(token: string, key: ReferenceKey): Verdict {
  try {
    return { reason: null, claims: verified(token, key) }
  } catch (error) {
    if (error instanceof Refusal) return { reason: error.message, claims: null }
    throw error
  }
}

class Refusal extends Error {}

function refuseIf(condition: boolean, reason: string): void {
  if (condition) throw new Refusal(reason)
}

function verified(token: string, { algorithm, key }: ReferenceKey): unknown {
  refuseIf(token.length > 8192, 'too_large')
  const segments = token.split('.')
  refuseIf(segments.length !== 3, 'segments')
  const [head, body, signature] = ['header', 'payload', 'signature'].map((name, index) =>
    decoded(segments[index] as string, `base64_${name}`),
  ) as [Buffer, Buffer, Buffer]
  refuseIf(head.length > 2048, 'header_too_large')
  judge(objectOf(head, 'header'), algorithm)
  refuseIf(!matches(`${segments[0]}.${segments[1]}`, signature, algorithm, key), 'signature')
  return objectOf(body, 'payload')
}

function decoded(segment: string, reason: string): Buffer {
  const bytes = Buffer.from(segment, 'base64url')
  refuseIf(bytes.toString('base64url') !== segment, reason)
  return bytes
}

const KNOWN = /^(?:(?:HS|RS|PS|ES)(?:256|384|512)|EdDSA)$/

function judge(header: Map<string, unknown>, algorithm: string): void {
  const [alg, kid, typ] = ['alg', 'kid', 'typ'].map((name) => header.get(name))
  refuseIf(alg === undefined, 'alg_missing')
  refuseIf(typeof alg !== 'string' || !KNOWN.test(alg), 'alg_not_allowed')
  refuseIf(kid !== undefined && typeof kid !== 'string', 'kid_type')
  refuseIf(typeof kid === 'string' && kid.length > 128, 'kid_too_long')
  refuseIf(typ !== undefined && typeof typ !== 'string', 'typ_type')
  refuseIf(header.has('crit'), 'crit')
  refuseIf(header.has('b64'), 'b64')
  refuseIf(alg !== algorithm, 'alg_not_allowed')
}

function matches(
  input: string,
  signature: Buffer,
  algorithm: ReferenceKey['algorithm'],
  key: KeyObject,
): boolean {
  if (algorithm.startsWith('HS')) {
    const mac = createHmac(algorithm.replace('HS', 'sha'), key).update(input).digest()
    return mac.length === signature.length && timingSafeEqual(mac, signature)
  }
  if (algorithm === 'EdDSA') return verify(null, Buffer.from(input), key, signature)
  return verify('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature)
}

/** A JSON object as a map, read by the strict rules. */
function objectOf(bytes: Buffer, part: string): Map<string, unknown> {
  let text = ''
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Refusal(`${part}_utf8`)
  }
  try {
    JSON.parse(text)
  } catch {
    throw new Refusal(`${part}_json`)
  }
  judgeText(text, part)
  const value = readText(text)
  refuseIf(typeof value !== 'object' || value === null || Array.isArray(value), `${part}_object`)
  return new Map(Object.entries(value as object))
}

/** The value of a valid text, by descent: V8 takes names with escapes for others (nodejs/node#63785). */
export function readText(text: string): unknown {
  let at = 0
  const skip = () => {
    while (' \t\r\n,:'.includes(text.charAt(at)) && at < text.length) at++
    return text.charAt(at)
  }
  const string = () => {
    const start = at++
    for (; text[at] !== '"'; at++) if (text[at] === '\\') at++
    return JSON.parse(text.slice(start, ++at)) as string
  }
  const value = (): unknown => {
    const first = skip()
    if (first === '"') return string()
    if (first === '{') {
      const members: [string, unknown][] = []
      for (at++; skip() !== '}'; members.push([string(), value()]));
      at++
      return Object.fromEntries(members)
    }
    if (first === '[') {
      const items: unknown[] = []
      for (at++; skip() !== ']'; items.push(value()));
      at++
      return items
    }
    const start = at
    while (at < text.length && !' \t\r\n,:]}'.includes(text.charAt(at))) at++
    return JSON.parse(text.slice(start, at))
  }
  return value()
}

/** Depth, members, duplicates and surrogates of a valid JSON text, token by token. */
function judgeText(text: string, part: string): void {
  const open: (Set<string> | null)[] = []
  const found = { depth: 0, members: 0, duplicate: false, surrogate: false }
  for (const [lexeme, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")[ \t\r\n]*(:)?|[{}[\]]/g)) {
    if (lexeme === '{' || lexeme === '[')
      found.depth = Math.max(found.depth, open.push(lexeme === '{' ? new Set() : null))
    else if (lexeme === '}' || lexeme === ']') open.pop()
    if (string === undefined) continue
    const content = JSON.parse(string) as string
    if (/\p{Surrogate}/u.test(content)) found.surrogate = true
    if (colon === undefined) continue
    found.members++
    if (open.at(-1)?.has(content)) found.duplicate = true
    open.at(-1)?.add(content)
  }
  refuseIf(found.depth > 16, `${part}_depth`)
  refuseIf(found.members > 256, `${part}_members`)
  refuseIf(found.duplicate, `${part}_duplicate`)
  refuseIf(found.surrogate, `${part}_surrogate`)
}

import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject, Observation, Step } from './scenario.ts'

/** Seconds, when two times are compared. */
const TOLERANCE = 4

export type Outcome = 'same' | 'variant' | 'better' | 'handled' | 'crashes too' | 'differs'

/** How an answer stands to the recorded one; `found` says what is different, where anything is. */
export function verdict(
  step: Step,
  got: Observation,
): { readonly outcome: Outcome; readonly found: readonly string[] } {
  const { expect: want, variants = {}, better } = step
  if (want.peer_crash !== undefined && got.status >= 400)
    return { outcome: got.status >= 500 ? 'crashes too' : 'handled', found: [] }
  const found = compare(want, got)
  if (found.length === 0) return { outcome: 'same', found }
  if (Object.values(variants).some((other) => compare(other, got).length === 0))
    return { outcome: 'variant', found: [] }
  if (better && isBetter(better, got)) return { outcome: 'better', found: [] }
  return { outcome: 'differs', found }
}

/** Whether an answer is the one that mends the peer's weakness. */
export function isBetter(better: NonNullable<Step['better']>, got: Observation): boolean {
  if (better.status !== got.status) return false
  return better.json === undefined || differences(better.json, got.json, 'json').length === 0
}

function compare(want: Observation, got: Observation): string[] {
  return [
    ...differences(want.status, got.status, 'status'),
    ...differences(want.content_type ?? undefined, got.content_type ?? undefined, 'content_type'),
    ...differences(want.json, got.json, 'json'),
    ...differences(want.text, got.text, 'text'),
    ...differences(byName(want.set_cookies), byName(got.set_cookies), 'set_cookies'),
  ]
}

/** A cookie's life is compared, not how it is written. */
function byName(cookies: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(
    cookies.map(({ has_expires: _, max_age: __, ...cookie }) => [
      String(cookie['name']),
      cookie as JsonObject,
    ]),
  )
}

function differences(want: Json | undefined, got: Json | undefined, where: string): string[] {
  if (!isObject(want)) return differencesOfValues(want, got, where)
  if ('$now' in want) {
    const time = isObject(got) ? got['$now'] : undefined
    const isNear = typeof time === 'number' && Math.abs(time - (want['$now'] as number)) <= TOLERANCE
    return isNear ? [] : [sentence(where, want, got)]
  }
  if (typeof want['$prefix'] === 'string') {
    const text = isObject(got) ? got['peer'] : got
    return typeof text === 'string' && text.startsWith(want['$prefix']) ? [] : [sentence(where, want, got)]
  }
  if (!isObject(got)) return [sentence(where, want, got)]
  const names = [...new Set([...Object.keys(want), ...Object.keys(got)])].sort()
  return names.flatMap((name) => differences(want[name], got[name], `${where}.${name}`))
}

function differencesOfValues(want: Json | undefined, got: Json | undefined, where: string): string[] {
  if (Array.isArray(want) && Array.isArray(got) && want.length === got.length)
    return want.flatMap((item, at) => differences(item, got[at], `${where}[${at}]`))
  return isDeepStrictEqual(want, got) ? [] : [sentence(where, want, got)]
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const sentence = (where: string, want: Json | undefined, got: Json | undefined): string =>
  `${where}: wanted ${JSON.stringify(want)}, got ${JSON.stringify(got)}`

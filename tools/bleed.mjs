import { posix } from 'node:path'
import { importsOf } from './imports.mjs'

const SRC = 'packages/latchkey/src/'

/** What a program that imports one name from one door must not have to carry along. */
export const PROMISES = [
  {
    door: 'latchkey',
    name: 'createVerifier',
    without: [
      /auth\/(passwords|password-|accounts|account-cache|sessions|rotation|throttle)/,
      /store\/(?!store\.ts)/,
      /http\//,
    ],
  },
  {
    door: 'latchkey',
    name: 'createJwtManager',
    without: [
      /auth\/(passwords|password-|accounts|account-cache|rotation|throttle)/,
      /store\/(?!store\.ts)/,
      /http\//,
    ],
  },
  {
    door: 'latchkey/express',
    name: null,
    without: [
      /auth\/(passwords|password-|accounts|account-cache|sessions|rotation|throttle)/,
      /store\/(?!store\.ts)/,
    ],
  },
  { door: 'latchkey/jwt', name: null, without: [/src\/(tokens|auth|store|http|adapters)\//] },
  { door: 'latchkey/client', name: null, without: [/src\/(?!client\/|http\/wire\.ts|base\/)/] },
]

/**
 * Which files a program loads that wants one name of a door, or all of it: what a bundler would keep, seen from the
 * imports alone. Doors are looked through name by name; the package has no side effects.
 *
 * @param {Readonly<Record<string, string>>} sources
 * @param {Readonly<Record<string, string>>} doors name of the door → its file
 * @param {string} door
 * @param {string | null} name `null` for all of it
 * @returns {string[]}
 */
export function reachedFrom(sources, doors, door, name) {
  const reached = new Set()
  const seen = new Set()
  const visit = (file, names) => {
    const barrel = isBarrel(sources[file] ?? '')
    const key = `${file} ${barrel ? (names ?? ['*']).join(' ') : ''}`
    if (seen.has(key)) return
    seen.add(key)
    if (!barrel) reached.add(file)
    for (const { specifier, names: taken, typeOnly } of importsOf(sources[file] ?? '')) {
      if (typeOnly) continue
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : doors[specifier]
      if (target === undefined) continue
      const wanted = barrel ? wantedOf(taken, names) : taken
      if (wanted === null || wanted.length > 0) visit(target, wanted)
    }
  }
  visit(doors[door], name === null ? null : [name])
  return [...reached]
}

/**
 * Every promise that the sources break, as sentences.
 *
 * @param {Readonly<Record<string, string>>} sources
 * @param {Readonly<Record<string, string>>} doors
 * @returns {string[]}
 */
export function checkBleed(sources, doors, promises = PROMISES) {
  return promises
    .filter(({ door }) => sources[doors[door]] !== undefined)
    .flatMap(({ door, name, without }) =>
      reachedFrom(sources, doors, door, name)
        .filter((file) => without.some((pattern) => pattern.test(file)))
        .map((file) => `${name ?? 'everything'} of ${door} carries ${file.slice(SRC.length)} along`),
    )
}

/** A file that only passes names on. */
function isBarrel(source) {
  const rest = source
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replace(/export\s+(type\s+)?(\*(\s+as\s+\w+)?|\{[^}]*\})\s+from\s+'[^']+'/g, '')
  return source !== '' && rest.trim() === ''
}

const wantedOf = (passedOn, wanted) => {
  if (wanted === null) return passedOn
  return passedOn === null ? wanted : passedOn.filter((name) => wanted.includes(name))
}

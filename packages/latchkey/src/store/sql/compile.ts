import type { SqlValue, Values } from './driver.ts'

/** What a dialect writes for each kind of placeholder. */
export interface Dialect {
  /** The `index`th parameter, from 1. */
  parameter(index: number, kind: 'text' | 'number'): string
  /** The expression of the store's time; `null` when it is handed in as the value `now`. */
  readonly now: string | null
  /** Locks the rows of a select until the commit. */
  readonly lock: string
  /** Statements that wait their turn, one behind the other: for all who may go together, and for who must be alone. */
  readonly turn: { readonly together: string; readonly alone: string }
}

export interface Compiled {
  readonly text: string
  readonly names: readonly string[]
}

/** Translates statements for a dialect, each text once. */
export function createCompiler(dialect: Dialect): (text: string) => Compiled {
  const compiled = new Map<string, Compiled>()
  return (text) => {
    const known = compiled.get(text) ?? translate(text, dialect)
    compiled.set(text, known)
    return known
  }
}

function translate(source: string, { parameter, now, lock, turn }: Dialect): Compiled {
  const names: string[] = []
  const text = source
    .replaceAll('{lock}', lock)
    .replaceAll('{together}', turn.together)
    .replaceAll('{alone}', turn.alone)
    .replaceAll(/([$#])([a-z]\w*)/g, (_, sigil: string, name: string) => {
      if (name === 'now' && now !== null) return now
      if (!names.includes(name)) names.push(name)
      return parameter(names.indexOf(name) + 1, sigil === '$' ? 'text' : 'number')
    })
  return { text, names }
}

/**
 * The values of a compiled statement in its order. Engines differ in what they do with a value that is missing or
 * of another type (NULL without a word, an abort of the process), so nothing but text, finite numbers and null
 * goes through.
 *
 * @throws {TypeError} for anything else
 */
export function bind({ names }: Compiled, values: Values): SqlValue[] {
  return names.map((name) => accept(name, values[name]))
}

function accept(name: string, value: unknown): SqlValue {
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value
  // PostgreSQL has no NUL in text; with it replaced a look-up finds nothing instead of failing.
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD')
  throw new TypeError(`The value ${name} of a statement is neither text nor a finite number nor null.`)
}

import { createIdTable, type IdHolder, type IdTable } from './id-table.ts'
import { type ReadId, readBase64urlId, readUuid } from './id-words.ts'

/** Any ids: those of 128 bits compactly, others as they are. */
export interface IdMap extends IdHolder {
  /** Keeps the larger of both numbers and the later of both times (milliseconds), where it holds the id already. */
  raise(id: string, value: number, until: number): void
  /** Of the tables, free places included. The memory of a process counts it, its heap and its buffers do not. */
  readonly bytes: number
}

/** Other ids that one purge looks at. */
const STEP = 10_000

/** @param withValues `false` where only being there counts */
export function createIdMap(withValues: boolean): IdMap {
  return new SpelledIdMap(withValues)
}

const READERS: Readonly<Record<number, ReadId>> = { 22: readBase64urlId, 36: readUuid }

/**
 * One table for each spelling, because the same bits may be the id of two. Other ids stay text in a Map instead of
 * being hashed into the tables: a look-up would cost a SHA-256, and exactness an argument.
 *
 * A class for the reason that its tables are one.
 */
class SpelledIdMap implements IdMap {
  readonly #withValues: boolean
  readonly #tables = new Map<number, IdTable>()
  readonly #others = createOthers()
  #time = 0

  constructor(withValues: boolean) {
    this.#withValues = withValues
  }

  raise(id: string, value: number, until: number): void {
    if (!this.#tableFor(id)?.raise(id, value, until)) this.#others.raise(id, value, until)
  }

  find(id: string): number | null {
    return this.#tables.get(id.length)?.find(id) ?? this.#others.find(id)
  }

  purge(now: number): void {
    this.#time = now
    for (const table of this.#tables.values()) table.purge(now)
    this.#others.purge(now)
  }

  get size(): number {
    return [...this.#tables.values()].reduce((sum, { size }) => sum + size, this.#others.size)
  }

  get bytes(): number {
    return [...this.#tables.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  #tableFor({ length }: string): IdTable | null {
    const known = this.#tables.get(length)
    if (known !== undefined) return known
    const read = READERS[length]
    if (read === undefined) return null
    const table = createIdTable(read, this.#withValues)
    table.purge(this.#time)
    this.#tables.set(length, table)
    return table
  }
}

interface Held {
  readonly value: number
  readonly until: number
}

function createOthers(): Omit<IdMap, 'bytes'> {
  const held = new Map<string, Held>()
  let time = 0
  let sweep = held.entries()
  const living = (id: string): Held | null => {
    const found = held.get(id)
    return found !== undefined && found.until > time ? found : null
  }
  return {
    raise(id, value, until) {
      const before = living(id)
      held.set(id, { value: Math.max(value, before?.value ?? 0), until: Math.max(until, before?.until ?? 0) })
    },
    find(id) {
      return held.size === 0 ? null : (living(id)?.value ?? null)
    },
    purge(now) {
      time = now
      for (let looked = 0; looked < STEP; looked++) {
        const next = sweep.next()
        if (next.done) {
          sweep = held.entries()
          return
        }
        const [id, { until }] = next.value
        if (until <= now) held.delete(id)
      }
    },
    get size() {
      return held.size
    },
  }
}

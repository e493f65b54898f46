import {
  chunkOf,
  chunkWords,
  dropChunk,
  enter,
  hashOf,
  homeIn,
  type Layout,
  layoutOf,
  locate,
  locateFree,
  mayHold,
  offsetOf,
  type Slots,
  slotsOf,
  UNTIL,
  VALUE,
} from './id-slots.ts'
import type { ReadId } from './id-words.ts'

/** Ids, each with a number and the time when it runs out. */
export interface IdHolder {
  /** The number; `null` for an id that is not held or has run out. */
  find(id: string): number | null
  /**
   * What ends at `now` (milliseconds) or before is gone at once. Its place is given back bit by bit: one call takes a
   * few milliseconds at most.
   */
  purge(now: number): void
  /** Places that are taken: also by what has run out, until they are given back. */
  readonly size: number
}

/** Holds ids of 128 bits off the heap that the garbage collector walks. Exact: the whole id is kept and compared. */
export interface IdTable extends IdHolder {
  /**
   * Keeps the larger of both numbers and the later of both times, where it holds the id already.
   *
   * @param value a whole number up to 2³² - 1; larger ones become that
   * @param until milliseconds; kept in whole seconds, rounded up
   * @returns `false` for an id that this table cannot hold
   */
  raise(id: string, value: number, until: number): boolean
  /** Bytes of all slots, free ones included. */
  readonly bytes: number
}

/** Slots of a chunk, as a power of two: 170 kB, small enough to be made within a request. */
const CHUNK_BITS = 13
/** Taken slots at which a table is poured into a larger one: fuller, the way to a free slot gets long. */
const FULLEST = 0.66
/** How full a table is meant to be when another has been poured into it. */
const AIM = 0.57
/** How full it may get, were everything to live that was thought to have run out. */
const MOST_FULL = 0.85
/** A part of the slots that is worth pouring all of them for. */
const WORTH = 0.75

/** Slots that each new id pours on: no more than an eighth of a table's slots is taken before it is poured. */
const POURED_BY_RAISE = 8
/** Slots that one purge pours on, or looks at: about a millisecond. */
const POURED_BY_PURGE = 20_000
const LOOKED_AT = 50_000

/** Taken slots that tell how many of all live. */
const SAMPLE = 1000

const MOST = 0xffffffff

/**
 * @param withValues `false` where only being there counts; every number is 0 then, and a slot 20 bytes, not 24
 * @param chunkBits slots of a chunk, as a power of two; at least 3
 */
export function createIdTable(read: ReadId, withValues: boolean, chunkBits: number = CHUNK_BITS): IdTable {
  return new PouredTable(read, layoutOf(withValues ? 6 : 5, chunkBits))
}

/**
 * Grows, shrinks and forgets by pouring one table into the next, a few slots at a time from the front. Chunks that are
 * empty by then become chunks of the next table: growing leaves nothing to the garbage collector, shrinking what is too
 * many.
 *
 * A class, because several of them share its compiled methods; closures of their own are compiled, and thrown away
 * again, for each.
 */
class PouredTable implements IdTable {
  readonly #read: ReadId
  readonly #layout: Layout
  readonly #words = new Uint32Array(4)
  /** Seconds. */
  #now = 0
  #slots: Slots
  /** What the slots are poured into, and the last of them that is done: a free one. */
  #next: Slots | null = null
  #poured = -1
  /** The slots that were looked at for what lives in them, and what was found so far. */
  #looked = 0
  #taken = 0
  #living = 0
  /** The part of what is taken that had not run out, when all was last looked at. */
  #livingPart = 1

  constructor(read: ReadId, layout: Layout) {
    this.#read = read
    this.#layout = layout
    this.#slots = slotsOf(layout, 0)
  }

  raise(id: string, value: number, until: number): boolean {
    const words = this.#words
    if (!this.#read(id, words)) return false
    this.#makeRoom()
    const layout = this.#layout
    const hash = hashOf(layout, words, 0)
    const into = this.#holderOf(hash)
    const home = homeIn(into, hash)
    const slot = locate(into, home, words)
    const chunk = chunkOf(into, slot)
    const at = offsetOf(layout, slot)
    const before = chunk[at + UNTIL] as number
    if (before === 0) {
      into.used += 1
      enter(layout, chunkOf(into, home), hash)
    }
    for (let word = 0; word < 4; word++) chunk[at + word] = words[word] as number
    chunk[at + UNTIL] = Math.max(secondsOf(until), before)
    if (layout.width > VALUE)
      chunk[at + VALUE] = Math.max(wordOf(value), before > this.#now ? (chunk[at + VALUE] as number) : 0)
    return true
  }

  find(id: string): number | null {
    const words = this.#words
    if (this.#slots.capacity === 0 || !this.#read(id, words)) return null
    const layout = this.#layout
    const hash = hashOf(layout, words, 0)
    const holder = this.#holderOf(hash)
    const home = homeIn(holder, hash)
    const first = holder.chunks[home >>> layout.bits]
    if (first === undefined || !mayHold(layout, first, hash)) return null
    const slot = locate(holder, home, words)
    const chunk = holder.chunks[slot >>> layout.bits]
    if (chunk === undefined) return null
    const at = offsetOf(layout, slot)
    const until = chunk[at + UNTIL] as number
    if (until === 0 || until <= this.#now) return null
    return layout.width > VALUE ? (chunk[at + VALUE] as number) : 0
  }

  purge(now: number): void {
    // Against a time that is none, everything would have run out.
    if (!Number.isFinite(now)) return
    this.#now = Math.floor(now / 1000)
    if (this.#next !== null) this.#pour(this.#next, POURED_BY_PURGE)
    else this.#look()
  }

  get size(): number {
    return this.#slots.used + (this.#next?.used ?? 0)
  }

  get bytes(): number {
    return this.#layout.made * chunkWords(this.#layout) * Uint32Array.BYTES_PER_ELEMENT
  }

  #holderOf(hash: number): Slots {
    const next = this.#next
    return next !== null && homeIn(this.#slots, hash) <= this.#poured ? next : this.#slots
  }

  #makeRoom(): void {
    const slots = this.#slots
    if (this.#next !== null) this.#pour(this.#next, POURED_BY_RAISE)
    else if (slots.capacity === 0) this.#slots = slotsOf(this.#layout, 1)
    else if (slots.used >= FULLEST * slots.capacity) {
      // Ids lie where their hashes put them, so a part of the slots is a fair sample: many may come before all are seen.
      if (this.#taken >= SAMPLE) this.#livingPart = this.#living / this.#taken
      this.#begin(slots.capacity / POURED_BY_RAISE)
    }
  }

  /** @param coming ids that are expected while it is poured */
  #begin(coming: number): void {
    this.#next = slotsOf(this.#layout, this.#chunksFor(coming))
    this.#poured = -1
  }

  #chunksFor(coming: number): number {
    const { used, capacity } = this.#slots
    const wanted = (this.#livingPart * used + coming) / AIM
    const least = (used + capacity / POURED_BY_RAISE) / MOST_FULL
    return Math.max(1, Math.ceil(Math.max(wanted, least) / 2 ** this.#layout.bits))
  }

  /** Pours so many slots, and to the end of the ids that lie side by side: they share the way to their places. */
  #pour(into: Slots, least: number): void {
    const { bits } = this.#layout
    const slots = this.#slots
    const enough = this.#poured + least
    for (let slot = this.#poured + 1; slot < slots.chunks.length << bits; ) {
      const at = slot >>> bits
      const chunk = slots.chunks[at]
      const end = (at + 1) << bits
      slot = chunk === undefined ? end : this.#pourChunk(chunk, slot, end, enough, into)
      if (slot >= end - 1) dropChunk(slots, at)
      if (slot < end) {
        this.#poured = slot
        return
      }
    }
    this.#slots = into
    this.#next = null
    this.#livingPart = 1
    this.#startLooking()
  }

  /** @returns the free slot where it had poured enough; `end` if there was none */
  #pourChunk(chunk: Uint32Array, from: number, end: number, enough: number, into: Slots): number {
    const { width } = this.#layout
    const now = this.#now
    let at = offsetOf(this.#layout, from)
    for (let slot = from; slot < end; slot++, at += width) {
      const until = chunk[at + UNTIL] as number
      if (until > now) move(chunk, at, into)
      if (until !== 0) this.#slots.used -= 1
      else if (slot >= enough) return slot
    }
    return end
  }

  /** Counts what lives, a part of the slots at a time; after the last of them, makes the table as large as it should be. */
  #look(): void {
    const { chunks, used } = this.#slots
    const end = chunks.length << this.#layout.bits
    const enough = Math.min(end, this.#looked + LOOKED_AT)
    while (this.#looked < enough) this.#looked = this.#lookThrough(this.#looked, enough)
    if (enough < end) return
    this.#livingPart = this.#taken === 0 ? 1 : this.#living / this.#taken
    this.#startLooking()
    if (used === 0) this.#slots = slotsOf(this.#layout, 0)
    else if (this.#livingPart < WORTH || this.#chunksFor(0) < WORTH * chunks.length) this.#begin(0)
  }

  /** Counts in the chunk of slot `from`. @returns the slot where it stopped: `enough`, or the next chunk */
  #lookThrough(from: number, enough: number): number {
    const { width, bits } = this.#layout
    const chunk = this.#slots.chunks[from >>> bits]
    const end = Math.min(enough, ((from >>> bits) + 1) << bits)
    if (chunk === undefined) return end
    const now = this.#now
    let [taken, living] = [0, 0]
    let at = offsetOf(this.#layout, from) + UNTIL
    for (let slot = from; slot < end; slot++, at += width) {
      const until = chunk[at] as number
      if (until !== 0) taken += 1
      if (until > now) living += 1
    }
    this.#taken += taken
    this.#living += living
    return end
  }

  #startLooking(): void {
    this.#looked = 0
    this.#taken = 0
    this.#living = 0
  }
}

function move(from: Uint32Array, at: number, into: Slots): void {
  const { layout } = into
  const hash = hashOf(layout, from, at)
  const home = homeIn(into, hash)
  const slot = locateFree(into, home)
  const chunk = chunkOf(into, slot)
  const to = offsetOf(layout, slot)
  for (let word = 0; word < layout.width; word++) chunk[to + word] = from[at + word] as number
  enter(layout, chunkOf(into, home), hash)
  into.used += 1
}

const secondsOf = (milliseconds: number): number => Math.max(1, wordOf(milliseconds / 1000))

/** Rounded up, and the most for what is no number: holding on too long is the safe side. */
const wordOf = (value: number): number =>
  Number.isNaN(value) ? MOST : Math.min(MOST, Math.max(0, Math.ceil(value)))

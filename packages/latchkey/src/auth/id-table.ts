import { randomBytes } from 'node:crypto'
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

/**
 * Many small tables instead of a large one: each grows alone, in a fraction of a millisecond, and by a factor of its
 * own, so that they do not all grow at the same time.
 */
const SEGMENTS = 1024
const FEWEST = 8
/** Linear probing: in fuller segments the way to a free slot gets long. */
const FULLEST = 0.72
/** Slots that one purge looks at: two milliseconds. */
const SWEEP = 100_000
const MOST = 0xffffffff
const EMPTY = new Uint32Array(0)

/**
 * Slots to one word of the filter behind them. Nearly every look-up misses, and learns that from three bits of a word:
 * all filters together fit into a processor's cache, the slots do not.
 */
const FILTERED = 4
/** Words of a slot: four of the id, then when it runs out in seconds (0: it is free), then the number. */
const UNTIL = 4
const VALUE = 5

/**
 * @param withValues `false` where only being there counts; every number is 0 then, and a slot 20 bytes, not 24
 * @param count of segments: a power of two up to 1024
 */
export function createIdTable(read: ReadId, withValues: boolean, count: number = SEGMENTS): IdTable {
  const width = withValues ? 6 : 5
  const segments = new Array<Uint32Array>(count).fill(EMPTY)
  const capacities = new Uint32Array(count)
  const used = new Uint32Array(count)
  const words = new Uint32Array(4)
  // Without it, whoever may choose ids could choose many that fall into one place.
  const seed = randomBytes(4).readUInt32LE()
  let now = 0
  let total = 0
  let swept = 0

  /** The upper ten bits of a hash choose the segment, the others the place in it. */
  const segmentOf = (hash: number): number => (hash >>> 22) & (count - 1)

  /** The slot of the id in `words`, or else the free one where it belongs. The segment must not be full. */
  function locate(slots: Uint32Array, hash: number, capacity: number): number {
    const [a, b] = [words[0] as number, words[1] as number]
    const end = capacity * width
    let at = startOf(hash, capacity) * width
    for (;;) {
      if (slots[at + UNTIL] === 0) return at
      if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === words[2] && slots[at + 3] === words[3])
        return at
      at += width
      if (at === end) at = 0
    }
  }

  /** Room for one more: without what has run out, and larger if it must be. */
  function rebuild(segment: number): void {
    const before = segments[segment] as Uint32Array
    const end = (capacities[segment] as number) * width
    const living = countLiving(before, end)
    const growth = 1.25 + (0.4 * segment) / count
    const capacity = Math.max(FEWEST, Math.ceil(((living + 1) / FULLEST) * growth))
    const after = new Uint32Array(capacity * width + Math.ceil(capacity / FILTERED))
    for (let from = 0; from < end; from += width) {
      if ((before[from + UNTIL] as number) <= now) continue
      const hash = hashOf(before, from, seed)
      let to = startOf(hash, capacity) * width
      while (after[to + UNTIL] !== 0) to = to + width === capacity * width ? 0 : to + width
      for (let word = 0; word < width; word++) after[to + word] = before[from + word] as number
      enter(after, hash, capacity * width)
    }
    replace(segment, after, capacity, living)
  }

  function replace(segment: number, slots: Uint32Array, capacity: number, taken: number): void {
    total += taken - (used[segment] as number)
    used[segment] = taken
    capacities[segment] = capacity
    segments[segment] = slots
  }

  function countLiving(slots: Uint32Array, end: number): number {
    let living = 0
    for (let at = UNTIL; at < end; at += width) if ((slots[at] as number) > now) living += 1
    return living
  }

  function sweep(segment: number): void {
    const taken = used[segment] as number
    if (taken === 0) return
    const living = countLiving(segments[segment] as Uint32Array, (capacities[segment] as number) * width)
    if (living === 0) replace(segment, EMPTY, 0, 0)
    // For a few it is not worth it: they wait for others, or for the segment to grow.
    else if (living < 0.75 * taken) rebuild(segment)
  }

  return {
    raise(id, value, until) {
      if (!read(id, words)) return false
      const hash = hashOf(words, 0, seed)
      const segment = segmentOf(hash)
      if ((used[segment] as number) >= FULLEST * (capacities[segment] as number)) rebuild(segment)
      const slots = segments[segment] as Uint32Array
      const capacity = capacities[segment] as number
      const at = locate(slots, hash, capacity)
      const before = slots[at + UNTIL] as number
      if (before === 0) {
        replace(segment, slots, capacity, (used[segment] as number) + 1)
        enter(slots, hash, capacity * width)
      }
      for (let word = 0; word < 4; word++) slots[at + word] = words[word] as number
      slots[at + UNTIL] = Math.max(secondsOf(until), before)
      if (withValues)
        slots[at + VALUE] = Math.max(wordOf(value), before > now ? (slots[at + VALUE] as number) : 0)
      return true
    },
    find(id) {
      if (total === 0 || !read(id, words)) return null
      const hash = hashOf(words, 0, seed)
      const segment = segmentOf(hash)
      const slots = segments[segment] as Uint32Array
      const capacity = capacities[segment] as number
      if (capacity === 0 || !mayHold(slots, hash, capacity * width)) return null
      const at = locate(slots, hash, capacity)
      const until = slots[at + UNTIL] as number
      if (until === 0 || until <= now) return null
      return withValues ? (slots[at + VALUE] as number) : 0
    },
    purge(at) {
      now = Math.floor(at / 1000)
      let looked = 0
      for (let turn = 0; turn < count && looked < SWEEP; turn++) {
        looked += capacities[swept] as number
        sweep(swept)
        swept = (swept + 1) % count
      }
    },
    get size() {
      return total
    },
    get bytes() {
      return segments.reduce((sum, { byteLength }) => sum + byteLength, 0)
    },
  }
}

/** The first slot to look at, out of the lower 22 bits. */
function startOf(hash: number, capacity: number): number {
  return Math.floor(((hash & 0x3fffff) * capacity) / 0x400000)
}

/** Notes an id in the filter, which begins at `start`. What is noted stays until the segment is rebuilt. */
function enter(slots: Uint32Array, hash: number, start: number): void {
  const mixed = mix(hash)
  const at = filterWord(slots, mixed, start)
  slots[at] = (slots[at] as number) | bitsOf(mixed)
}

/** `false` where an id of this hash was never noted. */
function mayHold(slots: Uint32Array, hash: number, start: number): boolean {
  const mixed = mix(hash)
  const bits = bitsOf(mixed)
  return ((slots[filterWord(slots, mixed, start)] as number) & bits) === bits
}

const mix = (hash: number): number => Math.imul(hash ^ (hash >>> 15), 0x9e3779b1)

/** Three bits, by the lower fifteen of a mixed hash; the others choose the word. */
const bitsOf = (mixed: number): number => (1 << mixed) | (1 << (mixed >>> 5)) | (1 << (mixed >>> 10))

function filterWord(slots: Uint32Array, mixed: number, start: number): number {
  return start + Math.floor(((mixed >>> 15) * (slots.length - start)) / 0x20000)
}

function hashOf(words: Uint32Array, at: number, seed: number): number {
  let hash = seed
  for (let word = at; word < at + 4; word++) {
    hash = Math.imul(hash ^ (words[word] as number), 0x85ebca6b)
    hash ^= hash >>> 13
  }
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const secondsOf = (milliseconds: number): number => Math.max(1, wordOf(milliseconds / 1000))

/** Rounded up: holding on too long is the safe side. */
const wordOf = (value: number): number => Math.min(MOST, Math.max(0, Math.ceil(value)))

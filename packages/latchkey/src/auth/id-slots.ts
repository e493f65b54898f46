import { randomBytes } from 'node:crypto'

/** Words of a slot: four of the id, then when it runs out in seconds (0: it is free), then the number, where there is one. */
export const UNTIL = 4
export const VALUE = 5

/**
 * Slots to one word of the filter behind them. Nearly every look-up misses, and learns that from three bits of a word:
 * all filters together fit into a processor's cache, the slots do not.
 */
const FILTERED = 4

/** How slots are laid out in chunks: `2 ** bits` of them, `width` words each, and their filter at the end. */
export interface Layout {
  readonly width: number
  readonly bits: number
  /** Drawn anew by each process: nobody knows where an id lies. It does not keep ids apart whose hashes are the same. */
  readonly seed: number
  /** Emptied chunks, kept for the next need. */
  readonly spare: Uint32Array[]
  /** Chunks there are, spare ones included. */
  made: number
}

const SPARES = 1

/**
 * Open addressing with linear probing over chunks of one size. An id's home grows with its hash, in a table of any
 * size: so a table can be poured into another one from the front, and what lies behind stays where it is.
 */
export interface Slots {
  readonly layout: Layout
  /** Made when something comes to lie in them. The last may be one more than planned, for what runs over the end. */
  readonly chunks: Array<Uint32Array | undefined>
  /** Homes; a few places behind them take what runs over. */
  readonly capacity: number
  /** Homes to one step of the hash. */
  readonly scale: number
  /** Slots that are taken. */
  used: number
}

export function layoutOf(width: number, bits: number): Layout {
  return { width, bits, seed: randomBytes(4).readUInt32LE(), spare: [], made: 0 }
}

export function slotsOf(layout: Layout, chunks: number): Slots {
  const capacity = Math.max(0, (chunks << layout.bits) - (1 << (layout.bits - 3)))
  return { layout, chunks: [], capacity, scale: capacity / 2 ** 32, used: 0 }
}

/** Words of a chunk: its slots, then their filter. */
export const chunkWords = ({ width, bits }: Layout): number => (width << bits) + (1 << bits) / FILTERED

/** The chunk of a slot; made where it is missing, out of an emptied one if there is any. */
export function chunkOf({ chunks, layout }: Slots, slot: number): Uint32Array {
  const at = slot >>> layout.bits
  while (chunks.length <= at) chunks.push(undefined)
  const chunk = chunks[at] ?? takeChunk(layout)
  chunks[at] = chunk
  return chunk
}

/**
 * Shared memory, though nobody shares it: V8 counts other buffers against its limit of what may be allocated before it
 * collects again, and so collections, of 1 to 4 ms each, would come from an index that has nothing to collect.
 */
function takeChunk(layout: Layout): Uint32Array {
  const kept = layout.spare.pop()
  if (kept !== undefined) return kept
  layout.made += 1
  return new Uint32Array(new SharedArrayBuffer(chunkWords(layout) * Uint32Array.BYTES_PER_ELEMENT))
}

export function dropChunk({ chunks, layout }: Slots, at: number): void {
  const chunk = chunks[at]
  if (chunk === undefined) return
  chunks[at] = undefined
  if (layout.spare.length < SPARES) layout.spare.push(chunk.fill(0))
  else layout.made -= 1
}

/** Where an id of this hash belongs; it lies there or behind, with no free slot in between. */
export const homeIn = (slots: Slots, hash: number): number => Math.floor(hash * slots.scale)

/** The slot of the id in `words`, or else the free one where it would come to lie: maybe in a chunk that is not there yet. */
export function locate({ chunks, layout }: Slots, home: number, words: Uint32Array): number {
  const { width, bits } = layout
  const end = width << bits
  for (let slot = home; ; ) {
    const chunk = chunks[slot >>> bits]
    if (chunk === undefined) return slot
    for (let at = offsetOf(layout, slot); at < end; at += width, slot++) {
      if (chunk[at + UNTIL] === 0 || isAt(chunk, at, words)) return slot
    }
  }
}

const isAt = (chunk: Uint32Array, at: number, words: Uint32Array): boolean =>
  chunk[at] === words[0] &&
  chunk[at + 1] === words[1] &&
  chunk[at + 2] === words[2] &&
  chunk[at + 3] === words[3]

/** The first free slot from a home on. */
export function locateFree({ chunks, layout }: Slots, home: number): number {
  const { width, bits } = layout
  const end = width << bits
  for (let slot = home; ; ) {
    const chunk = chunks[slot >>> bits]
    if (chunk === undefined) return slot
    for (let at = offsetOf(layout, slot); at < end; at += width, slot++) {
      if (chunk[at + UNTIL] === 0) return slot
    }
  }
}

/** The words of a slot within its chunk. */
export const offsetOf = ({ width, bits }: Layout, slot: number): number => (slot & ((1 << bits) - 1)) * width

/** Notes an id in the filter of the chunk of its home. What is noted stays until the chunk is emptied. */
export function enter(layout: Layout, chunk: Uint32Array, hash: number): void {
  const mixed = mix(hash)
  const at = filterWord(layout, mixed)
  chunk[at] = (chunk[at] as number) | bitsOf(mixed)
}

/** `false` where an id of this hash was never noted. */
export function mayHold(layout: Layout, chunk: Uint32Array, hash: number): boolean {
  const mixed = mix(hash)
  const bits = bitsOf(mixed)
  return ((chunk[filterWord(layout, mixed)] as number) & bits) === bits
}

const mix = (hash: number): number => Math.imul(hash ^ (hash >>> 15), 0x9e3779b1)

/** Three bits, by the lower fifteen of a mixed hash; the upper ones choose the word. */
const bitsOf = (mixed: number): number => (1 << mixed) | (1 << (mixed >>> 5)) | (1 << (mixed >>> 10))

const filterWord = ({ width, bits }: Layout, mixed: number): number =>
  (width << bits) + (mixed >>> (34 - bits))

export function hashOf({ seed }: Layout, words: Uint32Array, at: number): number {
  let hash = seed
  for (let word = at; word < at + 4; word++) {
    hash = Math.imul(hash ^ (words[word] as number), 0x85ebca6b)
    hash ^= hash >>> 13
  }
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

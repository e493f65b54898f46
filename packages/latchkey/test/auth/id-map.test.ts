import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIdMap } from '../../src/auth/id-map.ts'
import { createIdTable } from '../../src/auth/id-table.ts'
import { readBase64urlId, readUuid } from '../../src/auth/id-words.ts'

const NOW = 1_800_000_000_000

const uuidOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
const base64urlOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** Few bytes of few values, so that ids meet again; each in every spelling that could be taken for another. */
const anyId = fc
  .tuple(fc.array(fc.constantFrom(0, 128), { minLength: 3, maxLength: 3 }), fc.nat(6))
  .map(([head, spelling]) => {
    const bytes = new Uint8Array(16)
    bytes.set(head, 13)
    const id = base64urlOf(bytes)
    const uuid = uuidOf(bytes)
    const others = [`${id.slice(0, 21)}B`, uuid.toUpperCase(), `${head}`, '', `${id}A`]
    return [id, uuid, ...others][spelling] as string
  })

type Step =
  | { readonly raise: string; readonly value: number; readonly until: number }
  | { readonly find: string }
  | { readonly purge: number }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    raise: anyId,
    value: fc.nat(5),
    until: fc.integer({ min: -2, max: 30 }).map((s) => NOW + s * 997),
  }),
  fc.record({ find: anyId }),
  fc.record({ purge: fc.nat(5) }),
)

/** The same with a Map and no second thought. */
function model() {
  const held = new Map<string, { value: number; until: number }>()
  let now = 0
  const living = (id: string) => {
    const found = held.get(id)
    return found && Math.ceil(found.until / 1000) * 1000 > now ? found : null
  }
  return {
    raise(id: string, value: number, until: number) {
      const before = living(id)
      held.set(id, { value: Math.max(value, before?.value ?? 0), until: Math.max(until, before?.until ?? 0) })
    },
    find: (id: string) => living(id)?.value ?? null,
    purge(at: number) {
      now = at
    },
  }
}

type Played = ReturnType<typeof model>

function play(steps: readonly Step[], ours: Played): void {
  const plain = model()
  let now = NOW
  for (const step of steps) {
    if ('raise' in step) {
      for (const map of [ours, plain]) map.raise(step.raise, step.value, step.until)
    } else if ('purge' in step) {
      now += step.purge * 1000
      for (const map of [ours, plain]) map.purge(now)
    } else expect(ours.find(step.find)).toBe(plain.find(step.find))
  }
}

describe('a map of ids', () => {
  it('holds exactly what a Map would: any ids, raised, found and forgotten in any order', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 300 }), (steps) => play(steps, createIdMap(true))),
      { numRuns: 1000 },
    )
  })

  it.each([3, 4])(
    'and so does a table of chunks of two to the power of %i slots, which is always being poured',
    (bits) => {
      fc.assert(
        fc.property(fc.array(anyStep, { maxLength: 300 }), (steps) => {
          const tables = [readBase64urlId, readUuid].map((read) => createIdTable(read, true, bits))
          const others = model()
          play(steps, {
            raise(id, value, until) {
              if (!tables.some((table) => table.raise(id, value, until))) others.raise(id, value, until)
            },
            find: (id) =>
              tables.map((table) => table.find(id)).find((value) => value !== null) ?? others.find(id),
            purge(now) {
              for (const one of [...tables, others]) one.purge(now)
            },
          })
        }),
        { numRuns: 1000 },
      )
    },
  )

  it('holds exactly what a Map would while it grows, forgets and takes places over', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.uint8Array({ minLength: 16, maxLength: 16 })),
        fc.boolean(),
        (random, uuids) => {
          const [ours, plain] = [createIdMap(true), model()]
          const spell = uuids ? uuidOf : base64urlOf
          const ids = [...random.take(300)].map((bytes) => spell(bytes))
          let now = NOW
          for (let round = 0; round < 30; round++) {
            for (const [at, id] of ids.entries()) {
              if ((at * 7 + round * 3) % 5 === 0) {
                for (const map of [ours, plain]) map.raise(id, at, now + ((at * 13 + round) % 9) * 1000)
              }
            }
            now += 2000
            for (const map of [ours, plain]) map.purge(now)
            for (const id of ids) expect(ours.find(id)).toBe(plain.find(id))
          }
        },
      ),
      { numRuns: 10 },
    )
  })

  it('keeps a hundred thousand ids apart, and gives every place back when they have run out', () => {
    const ours = createIdMap(false)
    const ids = Array.from({ length: 100_000 }, (_, n) => {
      const bytes = Buffer.alloc(16)
      bytes.writeUInt32BE(n, (n % 4) * 4)
      return base64urlOf(bytes)
    })
    const distinct = new Set(ids)
    for (const id of ids) ours.raise(id, 0, NOW + 1000)
    expect(ours.size).toBe(distinct.size)
    expect(ids.every((id) => ours.find(id) === 0)).toBe(true)
    for (let call = 0; call < 20; call++) ours.purge(NOW + 1000)
    expect(ours.size).toBe(0)
    expect(ids.some((id) => ours.find(id) !== null)).toBe(false)
  })

  it('takes no more than 40 bytes an entry at any time while it grows', () => {
    const table = createIdTable(readBase64urlId, false)
    const bytes = Buffer.alloc(16)
    let most = 0
    for (let n = 0; n < 800_000; n++) {
      bytes.writeUInt32BE(n, 12)
      table.raise(base64urlOf(bytes), 0, NOW + 1000)
      if (n > 300_000 && n % 500 === 0) most = Math.max(most, table.bytes / table.size)
    }
    expect(table.size).toBe(800_000)
    expect(most).toBeLessThan(40)
    expect(most).toBeGreaterThan(30)
  })

  it('becomes small again when nearly everything has run out', () => {
    const table = createIdTable(readBase64urlId, false)
    const idOf = (n: number): string => {
      const bytes = Buffer.alloc(16)
      bytes.writeUInt32BE(n, 12)
      return base64urlOf(bytes)
    }
    for (let n = 0; n < 200_000; n++) table.raise(idOf(n), 0, NOW + (n % 100 === 0 ? 9000 : 1000))
    for (let call = 0; call < 100; call++) table.purge(NOW + 1000)
    expect(table.size).toBe(2000)
    expect(table.bytes).toBeLessThan(600_000)
    for (let n = 0; n < 200_000; n++) expect(table.find(idOf(n))).toBe(n % 100 === 0 ? 0 : null)
  })

  it('gives places back instead of growing on, while as many run out as come', () => {
    const table = createIdTable(readBase64urlId, false)
    const id = (n: number): string => {
      const bytes = Buffer.alloc(16, n % 251)
      bytes.writeUInt32BE(n, 4)
      return base64urlOf(bytes)
    }
    let n = 0
    const fill = (second: number): void => {
      for (let i = 0; i < 2000; i++) table.raise(id(n++), 0, NOW + (second + 10) * 1000)
      table.purge(NOW + second * 1000)
    }
    for (let second = 0; second < 20; second++) fill(second)
    const { bytes } = table
    for (let second = 20; second < 200; second++) fill(second)
    expect(table.bytes).toBeLessThan(bytes * 1.5)
    expect(table.size).toBeLessThan(2 * 20_000)
  })

  it('stays as large as what lives, also when more come than a purge looks at', () => {
    const table = createIdTable(readBase64urlId, false)
    const bytes = Buffer.alloc(16)
    const held: number[] = []
    for (let second = 0, n = 0; second < 60; second++) {
      for (const end = n + 40_000; n < end; n++) {
        bytes.writeUInt32BE(n, 12)
        table.raise(base64urlOf(bytes), 0, NOW + (second + 5) * 1000)
      }
      table.purge(NOW + second * 1000)
      held.push(table.bytes)
    }
    expect(held.at(-1)).toBeLessThan(200_000 * 100)
  })

  it('takes what is no time for never, and forgets nothing by it', () => {
    const table = createIdTable(readBase64urlId, true)
    const id = base64urlOf(new Uint8Array(16).fill(3))
    table.raise(id, 7, Number.NaN)
    table.purge(Number.NaN)
    table.purge(NOW)
    expect([table.find(id), table.size]).toEqual([7, 1])
  })

  it('loses nothing that lives when the time goes back', () => {
    const ours = createIdMap(false)
    const id = base64urlOf(new Uint8Array(16).fill(7))
    for (const one of [id, 'other']) ours.raise(one, 0, NOW + 60_000)
    ours.purge(NOW)
    ours.purge(NOW - 3_600_000)
    for (const one of [id, 'other']) expect(ours.find(one)).toBe(0)
  })

  it('knows the time also of ids of a kind that it meets only after it was told', () => {
    const ours = createIdMap(false)
    ours.purge(NOW)
    for (const id of [base64urlOf(new Uint8Array(16)), uuidOf(new Uint8Array(16)), 'other']) {
      ours.raise(id, 0, NOW)
      expect(ours.find(id)).toBe(null)
    }
  })

  it('never forgets before the time, to the second', () => {
    const ours = createIdMap(false)
    const id = base64urlOf(new Uint8Array(16).fill(9))
    ours.raise(id, 0, NOW + 1)
    ours.purge(NOW)
    expect(ours.find(id)).toBe(0)
    ours.purge(NOW + 1000)
    expect(ours.find(id)).toBe(null)
  })

  it('caps numbers and times at what a word holds, on the safe side', () => {
    const ours = createIdMap(true)
    const id = base64urlOf(new Uint8Array(16))
    ours.raise(id, 2 ** 40, Number.MAX_SAFE_INTEGER)
    expect(ours.find(id)).toBe(2 ** 32 - 1)
    ours.purge(NOW * 2)
    expect(ours.find(id)).toBe(2 ** 32 - 1)
  })
})

describe('the bits of an id', () => {
  const read = (reader: typeof readUuid, id: string): string | null => {
    const words = new Uint32Array(4)
    if (!reader(id, words)) return null
    const bytes = Buffer.alloc(16)
    for (const [at, word] of words.entries()) bytes.writeUInt32BE(word, at * 4)
    return bytes.toString('hex')
  }
  const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 })

  it('are read as they were written', () => {
    fc.assert(
      fc.property(bytes16, (bytes) => {
        const hex = Buffer.from(bytes).toString('hex')
        expect(read(readBase64urlId, base64urlOf(bytes))).toBe(hex)
        expect(read(readUuid, uuidOf(bytes))).toBe(hex)
      }),
    )
  })

  it('are read from no second spelling: each other text of that length is refused or has other bits', () => {
    const characters = fc.constantFrom(...'AZaz09-_+/= .é\u0141\u0100ABgwQ')
    fc.assert(
      fc.property(bytes16, fc.nat(35), characters, (bytes, at, character) => {
        for (const [reader, id] of [
          [readBase64urlId, base64urlOf(bytes)],
          [readUuid, uuidOf(bytes)],
        ] as const) {
          const other = id.slice(0, at) + character + id.slice(at + 1)
          if (other.length === id.length && other !== id)
            expect(read(reader, other)).not.toBe(read(reader, id))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { learnForm, readByForm } from '../../src/jwt/claim-forms.ts'

const buffer = Buffer.alloc(8192)

/** Reads a text where another one stood before. */
function read(text: string): Record<string, unknown> | null {
  return readByForm(buffer, buffer.write(text))
}

function learn(...texts: readonly string[]): void {
  // One of sixteen is learnt.
  for (const text of texts) {
    for (let time = 0; time < 16; time++) learnForm(buffer, buffer.write(text), JSON.parse(text))
  }
}

const ISSUED = { iss: 'https://issuer.example', sub: 'alice', iat: 1795445035, type: 'access', fresh: false }
const text = (changes: object = {}): string => JSON.stringify({ ...ISSUED, ...changes })

describe('forms of claims', () => {
  it('are learnt: names in their order, values that stay, values that change', () => {
    learn(text(), text({ sub: 'bob' }))
    const claims = read(text({ sub: 'carol', iat: 7 }))
    expect(Object.entries(claims ?? {})).toEqual(Object.entries({ ...ISSUED, sub: 'carol', iat: 7 }))
    expect(read(text({ iss: 'https://other.example' }))).toBeNull()
  })

  it('T-12 T-13 leave everything that could be spelt in another way', () => {
    learn(text(), text({ sub: 'bob' }))
    const spelt = (sub: string, iat = '7') =>
      text({ sub: '@', iat: 0 }).replace('"@"', sub).replace(/:0,/, `:${iat},`)
    expect(read(spelt('"carol"'))).not.toBeNull()
    const subjects = ['"a\\u0062"', '"\\n"', '"\u0001"', '"\u007f"', '"ä"', '"a', 'null', '1', '"a" ', '{}']
    for (const subject of subjects) expect(read(spelt(subject)), subject).toBeNull()
    const times = ['07', '-7', '7.0', '7e0', '1234567890123456', '', '"7"', ' 7', '7 ', 'true']
    for (const time of times) expect(read(spelt('"carol"', time)), time).toBeNull()
    expect(read(text().replace('{', '{"sub":"eve",'))).toBeNull()
    expect(read(`${text()} `)).toBeNull()
  })

  it('end where the payload ends, whatever stood in the buffer before', () => {
    learn(text(), text({ sub: 'bob' }))
    const whole = text({ sub: 'carol' })
    buffer.write(whole)
    for (let length = 0; length < whole.length; length++) expect(readByForm(buffer, length)).toBeNull()
    expect(readByForm(buffer, whole.length)).toEqual({ ...ISSUED, sub: 'carol' })
  })

  it('give every token claims of its own', () => {
    learn(text(), text({ sub: 'bob' }))
    const claims = read(text({ sub: 'mallory' })) as Record<string, unknown>
    claims['fresh'] = true
    claims['admin'] = true
    expect(read(text({ sub: 'bob' }))).toEqual({ ...ISSUED, sub: 'bob' })
  })

  it.each([
    ['__proto__', '{"__proto__":"x","a":1}'],
    ['a list', '{"a":["x"]}'],
    ['an object', '{"a":{"b":1}}'],
    ['null', '{"a":null}'],
    ['a fraction', '{"a":1.5}'],
    ['white space', '{"a": 1}'],
    ['a name twice', '{"a":1,"a":2}'],
    ['numbers for names', '{"b":1,"1":2}'],
    ['more than ASCII', '{"a":"ä"}'],
  ])('are not made of claims with %s', (_, strange) => {
    learn(strange)
    expect(read(strange)).toBeNull()
  })

  it('read what JSON.parse reads, or nothing, of texts that differ from a known one somewhere', () => {
    const word = fc.constantFrom('', 'a', 'bb', 'ccc', '0', '"', '\\', ',', '":"', '\u2028', 'é')
    const plain = fc.oneof(fc.constantFrom('', 'a', 'bb', '0'), fc.nat(), fc.boolean())
    const strange = fc.oneof(word, fc.constant(null), fc.double(), fc.array(fc.nat()))
    const value = fc.oneof({ weight: 9, arbitrary: plain }, { weight: 1, arbitrary: strange })
    const change = fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(3), word)
    let count = 0
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', 'dd', 'toString', '1'), value),
        fc.array(change, { maxLength: 2 }),
        (claims, changes) => {
          const original = JSON.stringify(claims)
          learn(original)
          let changed = original
          for (const [where, gone, come] of changes) {
            const at = Math.floor(where * changed.length)
            changed = changed.slice(0, at) + come + changed.slice(at + gone)
          }
          const found = read(changed)
          if (found === null) return
          count++
          expect(JSON.stringify(Object.entries(found))).toBe(
            JSON.stringify(Object.entries(JSON.parse(changed))),
          )
          expect(Object.getPrototypeOf(found)).toBe(Object.prototype)
          // No name twice, and nothing spelt otherwise.
          expect(JSON.stringify(found)).toBe(changed)
        },
      ),
      { numRuns: 5000 },
    )
    expect(count).toBeGreaterThan(1000)
  })
})

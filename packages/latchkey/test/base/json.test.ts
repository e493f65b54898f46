import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AuthError } from '../../src/base/errors.ts'
import { type JsonRules, parseJson } from '../../src/base/json.ts'
import { readText } from '../jwt/reference.ts'

const bytesOf = (text: string) => Buffer.from(text, 'utf8')
const parse = (text: string, rules?: JsonRules) => parseJson(bytesOf(text), rules)

const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text)

/** The reason for which a text is refused; `null` when it is accepted. */
function reasonOf(bytes: Uint8Array, rules?: JsonRules): string | null {
  try {
    parseJson(bytes, rules)
    return null
  } catch (error) {
    return (error as AuthError).details.reason ?? 'none'
  }
}

describe('T-31 JSON test suite', () => {
  const folder = new URL('../vectors/json-test-suite/test_parsing/', import.meta.url)
  const files = readdirSync(folder)
  const bytes = (file: string) => readFileSync(new URL(encodeURIComponent(file), folder))
  const named = (pattern: RegExp) => files.filter((file) => pattern.test(file))

  it('T-31 is there: 95 to accept, 188 to refuse, 35 either way', () => {
    expect([named(/^y_/), named(/^n_/), named(/^i_/)].map((list) => list.length)).toEqual([95, 188, 35])
  })
  it.each(named(/^y_/).filter((file) => !file.startsWith('y_object_duplicated_key')))(
    'T-31 accepts %s',
    (file) => {
      expect(reasonOf(bytes(file))).toBeNull()
      expect(parseJson(bytes(file))).toEqual(JSON.parse(bytes(file).toString()))
    },
  )
  it.each(named(/^y_object_duplicated_key/))(
    'T-31 T-12 refuses %s for its duplicate, or lets the last count',
    (file) => {
      expect(reasonOf(bytes(file))).toBe('duplicate')
      expect(parseJson(bytes(file), { duplicates: 'last' })).toEqual(JSON.parse(bytes(file).toString()))
    },
  )
  it.each(named(/^n_/))('T-31 refuses %s', (file) => {
    expect(reasonOf(bytes(file))).toMatch(/^(json|utf8)$/)
  })

  const notUtf8 = named(
    /^i_string_(UTF-8_invalid|UTF8_surrogate|invalid_utf|iso_latin|lone_utf8|not_in|overlong|trunc)/,
  )
  it('T-31 T-13 refuses what is not UTF-8 or begins with a byte order mark', () => {
    const marked = named(/^i_(string_utf16|string_UTF-16|structure_UTF-8_BOM)/)
    expect([...notUtf8, ...marked]).toHaveLength(14)
    expect(notUtf8.map((file) => reasonOf(bytes(file)))).toEqual(notUtf8.map(() => 'utf8'))
    expect(marked.map((file) => reasonOf(bytes(file)))).not.toContain(null)
  })
  it.each(named(/^i_.*(surrogate)/).filter((file) => !notUtf8.includes(file)))(
    'T-31 T-13 refuses %s',
    (file) => {
      expect(reasonOf(bytes(file))).toBe('surrogate')
    },
  )
  it('T-31 T-12 refuses 500 nested arrays for their depth', () => {
    expect(reasonOf(bytes('i_structure_500_nested_arrays.json'))).toBe('depth')
  })
  it.each(named(/^i_number/))('T-31 reads %s as JSON.parse does', (file) => {
    expect(parseJson(bytes(file))).toEqual(JSON.parse(bytes(file).toString()))
  })
})

describe('parseJson', () => {
  it('reads any value within the bounds as it was written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value, null, 1)
        const count = (text.match(/":/g) ?? []).length
        fc.pre(count <= 200 && isWellFormed(text) && !/\\u[dD][89a-fA-F]/.test(text))
        expect(JSON.stringify(parse(text), null, 1)).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['at the top', '{"a":1,"a":2}'],
    ['with the same value', '{"a":1,"a":1}'],
    ['deep inside', '{"x":[{"y":{"a":1,"b":2,"a":3}}]}'],
    ['spelt with an escape', '{"a":1,"\\u0061":2}'],
    ['spelt with another escape', '{"a/b":1,"a\\/b":2}'],
    ['that is empty', '{"":1,"":2}'],
    ['that looks like an index', '{"1":1,"1":2}'],
    ['called __proto__', '{"__proto__":1,"__proto__":2}'],
    ['with colons and braces in its strings', '{"a":"}{:,","a":"\\"a\\":1"}'],
    ['beside escaped quotes', '{"\\"":1,"a\\\\":2,"a\\\\":3}'],
  ])('T-12 refuses a member twice %s', (_, text) => {
    expect(reasonOf(bytesOf(text))).toBe('duplicate')
    expect(parse(text, { duplicates: 'last' })).toEqual(readText(text))
  })

  it('T-12 refuses exactly the texts that write a name twice in one object', () => {
    const name = fc.constantFrom('a', 'b', '\\u0061', '__proto__', ':', '\\"', '{')
    const text = fc.letrec<{ value: string; object: string }>((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, fc.constantFrom('1', '":"', 'null', '"\\\\"'), tie('object')),
      object: fc
        .array(fc.tuple(name, tie('value')), { maxLength: 3 })
        .map((members) => `{ ${members.map(([key, value]) => `"${key}" :${value}`).join(' , ')} }`),
    })).object
    const twice = (source: string): boolean => {
      // An independent reading: walk the tokens, and keep the names of each open object.
      let found = false
      const stack: Set<string>[] = []
      for (const match of source.matchAll(/("(?:\\.|[^"\\])*")(\s*:)?|[{}]/g)) {
        if (match[0] === '{') stack.push(new Set())
        else if (match[0] === '}') stack.pop()
        else if (match[2] !== undefined) {
          const key = JSON.parse(match[1] as string)
          if (stack.at(-1)?.has(key)) found = true
          stack.at(-1)?.add(key)
        }
      }
      return found
    }
    fc.assert(
      fc.property(text, (source) => {
        expect(reasonOf(bytesOf(source)) === 'duplicate').toBe(twice(source))
      }),
      { numRuns: 1000 },
    )
  })

  it('T-12 I-46 accepts sixteen levels and refuses seventeen, of arrays and of objects', () => {
    const arrays = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    const objects = (depth: number) => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`
    expect([arrays(16), objects(16)].map((text) => reasonOf(bytesOf(text)))).toEqual([null, null])
    expect([arrays(17), objects(17)].map((text) => reasonOf(bytesOf(text)))).toEqual(['depth', 'depth'])
    expect(reasonOf(bytesOf(arrays(3000)))).toBe('depth')
    expect(reasonOf(bytesOf(`["${'['.repeat(40)}"]`))).toBeNull()
  })

  it('T-12 I-46 refuses any depth, by its bound and not by running out of stack', () => {
    for (const depth of [5000, 100_000]) {
      expect(reasonOf(bytesOf(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`))).toBe('depth')
      expect(reasonOf(bytesOf(`${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`))).toBe('depth')
    }
  })

  it('T-12 refuses depth and members also in what a later member hides', () => {
    const deep = `{"a":${'['.repeat(17)}${']'.repeat(17)},"a":1}`
    const wide = `{"a":{${Array.from({ length: 256 }, (_, index) => `"${index}":1`).join()}},"a":1}`
    expect(reasonOf(bytesOf(deep), { duplicates: 'last' })).toBe('depth')
    expect(reasonOf(bytesOf(wide), { duplicates: 'last' })).toBe('members')
  })

  it('T-12 accepts 256 members and refuses 257, wherever they are', () => {
    const members = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 1]))
    const spread = (count: number) => ({ list: [members(100), members(count - 101)] })
    expect(reasonOf(bytesOf(JSON.stringify(members(256))))).toBeNull()
    expect(reasonOf(bytesOf(JSON.stringify(members(257))))).toBe('members')
    expect(reasonOf(bytesOf(JSON.stringify(spread(256))))).toBeNull()
    expect(reasonOf(bytesOf(JSON.stringify(spread(257))))).toBe('members')
  })

  it('takes other bounds', () => {
    expect(reasonOf(bytesOf('[[]]'), { maxDepth: 1 })).toBe('depth')
    expect(reasonOf(bytesOf('{"a":1,"b":2}'), { maxMembers: 1 })).toBe('members')
  })

  it.each([
    ['a byte order mark', Buffer.from('\ufeff{}'), 'json'],
    ['UTF-16', Buffer.from('{}', 'utf16le'), 'json'],
    ['a byte that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'utf8'],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'utf8'],
    ['a character cut in two', Buffer.from([0x22, 0xe2, 0x82, 0x22]), 'utf8'],
    ['nothing', Buffer.alloc(0), 'json'],
  ])('T-13 refuses %s', (_, bytes, reason) => {
    expect(reasonOf(bytes)).toBe(reason)
  })

  it.each([
    '"\\ud800"',
    '"\\uDC00"',
    '"\\ud800\\ud800"',
    '{"\\udfff":1}',
    '["\\ud83dx\\ude00"]',
    '"\\\\\\ud800"',
  ])('T-13 refuses the lone surrogate in %s', (text) => {
    expect(reasonOf(bytesOf(text))).toBe('surrogate')
    expect(reasonOf(bytesOf(text), { duplicates: 'last' })).toBe('surrogate')
  })

  it('T-13 refuses a lone surrogate also in a member that a later one hides', () => {
    expect(reasonOf(bytesOf('{"a":"\\ud800","a":1}'), { duplicates: 'last' })).toBe('surrogate')
  })

  it('T-13 refuses exactly the texts whose escapes leave a lone surrogate', () => {
    const piece = fc.constantFrom(
      '\\ud83d',
      '\\ude00',
      '\\\\',
      'ud83d',
      '\\u0041',
      '😀',
      '\\n',
      '\\uD800',
      '\\udFFf',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const text = `"${pieces.join('')}"`
        expect(reasonOf(bytesOf(text))).toBe(isWellFormed(JSON.parse(text)) ? null : 'surrogate')
      }),
      { numRuns: 1000 },
    )
  })

  it.each(['"😀"', '"\\ud83d\\ude00"', '"\\\\ud800"', '"\\uFFFD"', '"\ufffd"', '"a\\u0000b"'])(
    'accepts %s',
    (text) => {
      expect(parse(text)).toBe(JSON.parse(text))
    },
  )

  it.each([
    // The first text teaches V8 a name, with which it then confuses the second (nodejs/node#63785).
    ['{"b":1,"\\\\":1}', '{"b":1,"\\u0061":1}', ['b', 'a']],
    ['{"b":1,"\\\\":1}', '{"b":1,"\\n":1}', ['b', '\n']],
    ['{"b":1,"\\\\":1}', '{"b":1,"\\u0061":1,"a":2}', null],
    ['{"q":1,"\\\\u0061":1}', '{"q":1,"\\u0061bcdef":1}', ['q', 'abcdef']],
    ['{"c":1,"D\\\\\\\\a":1}', '{"c":1,"D\\\\ab":1}', ['c', 'D\\ab']],
  ])('T-12 after %s reads the names of %s as they are spelt', (first, second, names) => {
    const kept = [parse(first), parse(first), parse(first)]
    if (names === null) expect(reasonOf(bytesOf(second))).toBe('duplicate')
    else expect(Object.keys(parse(second) as object)).toEqual(names)
    expect(kept).toHaveLength(3)
  })

  it('T-12 refuses many members and much depth also where a name is spelt with an escape', () => {
    const many = Array.from({ length: 257 }, (_, at) => `"\\u0061${at}":1`).join()
    expect(reasonOf(bytesOf(`{${many}}`))).toBe('members')
    expect(reasonOf(bytesOf(`${'{"\\u0061":'.repeat(20)}1${'}'.repeat(20)}`))).toBe('depth')
    expect(reasonOf(bytesOf(`${'{"\\u0061":'.repeat(100_000)}1${'}'.repeat(100_000)}`))).toBe('depth')
    expect(parse('{"\\u0061":[1,[2],{"\\"":{}}], "b" : "\\\\" }')).toEqual({
      a: [1, [2], { '"': {} }],
      b: '\\',
    })
  })

  it('T-12 reads any value with escapes as it was written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, null, spaced ? 1 : 0)
        const escaped = text.replace(
          /[\u0080-\uffff]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
        )
        const members = text.match(/":/g)?.length ?? 0
        if (members < 200) expect(JSON.stringify(parse(escaped), null, spaced ? 1 : 0)).toBe(text)
      }),
      { numRuns: 1000 },
    )
  })

  it('T-23 makes members of __proto__, constructor and toString, at every level, and changes no prototype', () => {
    const text =
      '{"__proto__":{"admin":true},"constructor":1,"toString":2,"in":[{"__proto__":{"admin":true}}]}'
    const before = Object.getOwnPropertyNames(Object.prototype)
    const value = parse(text) as Record<string, unknown>
    const inner = (value['in'] as Record<string, unknown>[])[0] as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor', 'toString', 'in'])
    for (const object of [value, inner, {} as Record<string, unknown>]) {
      expect(object['admin']).toBeUndefined()
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
    }
    for (const object of [value, inner, { ...value }, structuredClone(inner)]) {
      expect(Object.getOwnPropertyDescriptor(object, '__proto__')?.value).toEqual({ admin: true })
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
  })

  it('refuses with invalid_request, or with what the caller makes of the reason', () => {
    expect(() => parse('{')).toThrow(
      expect.objectContaining({ code: 'invalid_request', details: { reason: 'json' } }),
    )
    const refusal = (reason: string) => new RangeError(reason)
    expect(() => parse('{', { refusal })).toThrow(RangeError)
  })
})

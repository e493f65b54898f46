/*
 * V8 takes a name with an escape for another one that it has seen before: after `{"b":1,"\\":1}` (a name of one
 * backslash), `JSON.parse('{"b":1,"\\n":1}')` has a member called `\` on Node 24 and 26. Whoever sends one text so
 * decides how the next one is read. https://github.com/nodejs/node/issues/63785
 */

/**
 * What `JSON.parse` makes of a text, with every name as it is spelt.
 *
 * @throws {SyntaxError} as `JSON.parse` does
 */
export function jsonValue(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return text.includes('\\') && shapeOf(text).hasEscapedName ? readByName(text) : value
}

/** What a valid JSON text spells: exact for every text. */
export interface Shape {
  /** Of all objects together. */
  readonly members: number
  readonly depth: number
  /** Whether a name is spelt with an escape. */
  readonly hasEscapedName: boolean
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** How deep a valid JSON text goes, how many members it spells, and whether it does so with escapes. */
export function shapeOf(text: string): Shape {
  const shape = { members: 0, depth: 0, hasEscapedName: false }
  let open = 0
  let isEscaped = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      isEscaped = false
      for (at++; text.charCodeAt(at) !== QUOTE; at++) {
        if (text.charCodeAt(at) !== BACKSLASH) continue
        isEscaped = true
        at++
      }
    } else if (code === COLON) {
      shape.members++
      if (isEscaped) shape.hasEscapedName = true
    }
    // `{` and `[` are 0x7b and 0x5b, `}` and `]` are 0x7d and 0x5d.
    else if ((code | 0x20) === 0x7b) shape.depth = Math.max(shape.depth, ++open)
    else if ((code | 0x20) === 0x7d) open--
  }
  return shape
}

/** Strings, brackets, and what else is a value; separators are left out. */
const LEXEMES = /"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s"{}[\],:]+/g

/** Reads a valid text of an object or a list. Names are parsed as values are, and those V8 reads right. */
export function readByName(text: string): unknown {
  const whole: unknown[] = []
  const open: object[] = [whole]
  let name: string | null = null
  for (const [lexeme] of text.matchAll(LEXEMES)) {
    const holder = open.at(-1) as object
    if (lexeme === '}' || lexeme === ']') open.pop()
    else if (name === null && !Array.isArray(holder)) name = JSON.parse(lexeme) as string
    else {
      const value = lexeme === '{' ? {} : lexeme === '[' ? [] : (JSON.parse(lexeme) as unknown)
      put(holder, name, value)
      name = null
      if (lexeme === '{' || lexeme === '[') open.push(value as object)
    }
  }
  return whole[0]
}

function put(holder: object, name: string | null, value: unknown): void {
  if (Array.isArray(holder)) holder.push(value)
  // `__proto__` is a member like any other.
  else
    Object.defineProperty(holder, name as string, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
}

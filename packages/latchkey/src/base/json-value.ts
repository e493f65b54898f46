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
  return text.includes('\\') && typeof value === 'object' ? read(text) : value
}

/** Strings, brackets, and what else is a value; separators are left out. */
const LEXEMES = /"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s"{}[\],:]+/g

/** Reads a valid text of an object or a list. Names are parsed as values are, and those V8 reads right. */
function read(text: string): unknown {
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

/**
 * @typedef {object} Import
 * @property {string} specifier
 * @property {readonly string[] | null} names what is taken from it; `null` for everything
 * @property {boolean} typeOnly whether nothing of it is left at run time
 * @property {boolean} dynamic
 */

const STATIC =
  /^\s*(import|export)\s+(type\s+)?(\*(?:\s+as\s+\w+)?|(?:\w+\s*,\s*)?\{[^}]*\}|\w+)\s+from\s+['"]([^'"]+)['"]/gm
const BARE = /^\s*import\s+['"]([^'"]+)['"]/gm
const DYNAMIC = /(typeof\s+)?\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)(\.[A-Z])?/g
const COMMENT_LINE = /^\s*(\*|\/\/|\/\*)/

/**
 * What a source file imports, and re-exports from elsewhere.
 *
 * @param {string} source TypeScript in the house's format: one statement starts one line
 * @returns {Import[]}
 */
export function importsOf(source) {
  const text = source
    .split('\n')
    .filter((line) => !COMMENT_LINE.test(line))
    .join('\n')
  const found = []
  for (const [, , type, clause, specifier] of text.matchAll(STATIC)) {
    // `import { type A } from 'x'` still loads x (verbatimModuleSyntax), so only `import type` counts as none.
    found.push({ specifier, names: namesIn(clause), typeOnly: type !== undefined, dynamic: false })
  }
  for (const [, specifier] of text.matchAll(BARE)) {
    found.push({ specifier, names: null, typeOnly: false, dynamic: false })
  }
  for (const [, query, specifier, member] of text.matchAll(DYNAMIC)) {
    found.push({ specifier, names: null, typeOnly: Boolean(query ?? member), dynamic: true })
  }
  return found
}

/** The names taken by `{ a, b as c, type D }`, types left out. */
function namesIn(clause) {
  const list = /\{([^}]*)\}/.exec(clause)
  if (!list) return null
  return list[1]
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !part.startsWith('type '))
    .map((part) => part.split(/\s+as\s+/)[0].trim())
}

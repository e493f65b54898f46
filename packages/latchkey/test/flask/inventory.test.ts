import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DEFAULTS } from '../../src/flask/options.ts'
import { recordedScenarios } from './replay/scenario.ts'

/*
 * `inventory.json` says for each behaviour of Flask-JWT-Extended what proves it here: a recorded scenario by its id, or
 * a test as `file > title`. A title that is changed or removed has to be changed there as well.
 */

const folder = new URL('./', import.meta.url)
const textOf = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
const inventory: Readonly<Record<string, readonly string[]>> = JSON.parse(textOf('inventory.json'))

const scenarios = new Map(recordedScenarios().map((scenario) => [scenario.id, scenario]))
const sources = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => [name, textOf(name)]),
)

const named = (kind: string): string[] =>
  Object.keys(inventory)
    .filter((id) => id.startsWith(`${kind}:`))
    .map((id) => id.slice(kind.length + 1))

/** Whether a proof exists: as a scenario, or as the literal title of a test. */
function isThere(proof: string): boolean {
  const [file = '', title] = proof.split(/ > (.*)/)
  if (title === undefined) return scenarios.has(file)
  const literals = [`'${title.replaceAll("'", "\\'")}'`, `"${title}"`]
  return literals.some((literal) => sources.get(file)?.includes(literal))
}

describe('what Flask-JWT-Extended does', () => {
  it('has every option in its list', () => {
    expect(named('opt').sort()).toEqual(Object.keys(DEFAULTS).sort())
  })

  it('has every function, callback and class of errors in its list', () => {
    // The manager with init_app, 19 exported names, and current_user beside get_current_user.
    expect(named('fn')).toHaveLength(21)
    expect(named('cb')).toHaveLength(15)
    expect(named('exc')).toHaveLength(21)
  })

  it.each(Object.keys(inventory))('%s is proved by what exists', (id) => {
    const proofs = inventory[id] ?? []
    expect(proofs.length).toBeGreaterThan(0)
    expect(proofs.filter((proof) => !isThere(proof))).toEqual([])
  })

  it.each(named('opt'))('%s is set in something that proves it', (name) => {
    const texts = (inventory[`opt:${name}`] ?? []).map((proof) => {
      const [file = ''] = proof.split(' > ')
      return sources.get(file) ?? JSON.stringify(scenarios.get(file)?.server.options ?? {})
    })
    expect(texts.filter((text) => text.includes(name)).length).toBeGreaterThan(0)
  })

  it('uses every recorded scenario', () => {
    const used = new Set(Object.values(inventory).flat())
    expect([...scenarios.keys()].filter((id) => !used.has(id))).toEqual([])
  })
})

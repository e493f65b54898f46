import { readdirSync, readFileSync } from 'node:fs'

/** JSON, as far as nobody has looked at it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type JsonObject = { readonly [name: string]: Json }

/** How to make a token. */
export interface Recipe {
  readonly claims?: JsonObject
  readonly alg?: string
  readonly key?: string
  readonly header?: JsonObject
  readonly drop_header?: readonly string[]
  readonly sign_as?: string
  readonly header_text?: string
  readonly claims_text?: string
  readonly from?: string
  readonly tamper?: readonly (readonly [string, ...Json[]])[]
}

export interface StepRequest {
  readonly method: string
  readonly path: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly cookies?: Readonly<Record<string, string>> | readonly (readonly [string, string])[]
  readonly json?: Json
  readonly form?: Readonly<Record<string, string>>
  readonly body?: string
  readonly content_type?: string
}

/** An answer with what changes from run to run masked. */
export interface Observation {
  readonly status: number
  readonly content_type?: string | null
  readonly json?: Json
  readonly text?: string
  readonly set_cookies: readonly JsonObject[]
  readonly peer_crash?: string
}

export interface Step {
  readonly name: string
  readonly request: StepRequest
  readonly save?: Readonly<Record<string, string>>
  readonly expect: Observation
  readonly variants?: Readonly<Record<string, Observation>>
  readonly better?: { readonly status: number; readonly json?: Json }
}

export interface Scenario {
  readonly id: string
  readonly title: string
  readonly may_refuse_to_start?: boolean
  readonly server: JsonObject & { readonly options?: JsonObject }
  readonly tokens?: Readonly<Record<string, Recipe>>
  readonly steps: readonly Step[]
}

const folder = new URL('../scenarios/', import.meta.url)

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'))

const keys = read('keys.json') as Record<string, Record<string, string>>

/** Every recorded scenario, with the keys put where they are named. */
export function recordedScenarios(): readonly Scenario[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json') && file !== 'keys.json')
  return files.sort().map((file) => withKeys(read(file) as Json) as unknown as Scenario)
}

function withKeys(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withKeys)
  const members = value as JsonObject
  if (typeof members['$key'] === 'string') {
    const [name = '', half = ''] = members['$key'].split('.')
    return keys[name]?.[half] ?? null
  }
  return Object.fromEntries(Object.entries(members).map(([name, item]) => [name, withKeys(item)]))
}

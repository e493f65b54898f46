import { type Answer, send } from './http.ts'
import { observe } from './observe.ts'
import type { Json, JsonObject, Observation, Recipe, Scenario, Step, StepRequest } from './scenario.ts'
import { decode, isGood, mint, tamper } from './tokens.ts'

/** Plays the steps of one scenario against a server, and remembers what they save. */
export function createPlayer(scenario: Scenario): (port: number, step: Step) => Promise<Observation> {
  const saved = new Map<string, string>()
  const minted = new Map<string, string>()
  const { server, tokens = {} } = scenario
  const options = server.options ?? {}

  const lookUp = (name: string): string => {
    const known = saved.get(name) ?? minted.get(name)
    if (known !== undefined) return known
    const recipe: Recipe | undefined = tokens[name]
    if (!recipe) throw new Error(`"{{${name}}}" is nothing that an earlier step saved`)
    const now = Date.now() / 1000
    if (recipe.from !== undefined) return tamper(lookUp(recipe.from), recipe.tamper ?? [], now)
    const token = mint(recipe, options, now)
    minted.set(name, token)
    return token
  }

  const fill = (value: Json): Json => {
    if (typeof value === 'string')
      return value.replace(/\{\{([\w.-]+)\}\}/g, (_, name: string) => lookUp(name))
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(fill)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fill(item)]))
  }

  return async (port, step) => {
    const now = Date.now() / 1000
    const answer = await send(port, fill(step.request as unknown as Json) as unknown as StepRequest)
    for (const [name, where] of Object.entries(step.save ?? {})) {
      const value = savedValue(answer, where)
      if (value === null) saved.delete(name)
      else saved.set(name, value)
    }
    return observe(answer, now, (token) => (isByServer(token, server) ? 'good' : 'bad'))
  }
}

function savedValue({ cookies, body }: Answer, where: string): string | null {
  const [kind, key = ''] = where.split(/\.(.*)/s)
  if (kind === 'cookie') {
    const line = cookies.findLast((one) => one.startsWith(`${key}=`))
    return line?.split(';')[0]?.slice(key.length + 1) ?? null
  }
  const value = (parsed(body) as JsonObject | null)?.[key]
  return typeof value === 'string' ? value : null
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

/** Whether one of the server's own keys signed a token. */
function isByServer(token: string, server: Scenario['server']): boolean {
  const [head = '', body = '', signature = ''] = token.split('.')
  const { alg = '' } = JSON.parse(decode(head).toString('utf8')) as { alg?: string }
  const options = server.options ?? {}
  const keys = alg.startsWith('HS')
    ? [
        options['JWT_SECRET_KEY'],
        options['SECRET_KEY'],
        ...Object.values(server['encode_keys_by_identity'] ?? {}),
      ]
    : [options['JWT_PUBLIC_KEY'] ?? options['JWT_PRIVATE_KEY']]
  return keys.some((key) => typeof key === 'string' && isGood(alg, key, `${head}.${body}`, decode(signature)))
}

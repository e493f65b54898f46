import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { createFlaskApp } from '../../../../tools/flask-app.mjs'
import { isBetter, verdict } from './replay/compare.ts'
import { createPlayer } from './replay/player.ts'
import { recordedScenarios, type Scenario } from './replay/scenario.ts'

/*
 * What a real Flask-JWT-Extended answered, request by request, against a server that is built on the doors of this
 * library alone.
 */

/** Steps that record the peer handing one user's claims to another, and list no other answer. They must not be the same. */
const LEAKS = new Set(['open-loaders-shared#alice as admin', 'open-loaders-shared#bob, no claims'])

/** Steps whose other answer is allowed, and no better than the recorded one: the header is refused as two tokens. */
const AS_GOOD = new Set(['open-headers-default#two Bearer lines'])

const scenarios = recordedScenarios()

it('has every recorded scenario and step', () => {
  expect(scenarios).toHaveLength(94)
  expect(scenarios.flatMap(({ steps }) => steps)).toHaveLength(939)
})

describe.each(scenarios)('$id', (scenario) => {
  const server = started(scenario)
  const play = createPlayer(scenario)
  const port = async (): Promise<number> => ((await server)!.address() as AddressInfo).port
  afterAll(async () => (await server)?.close())

  it.each(scenario.steps)('$name', async (step) => {
    if ((await server) === null) {
      expect(scenario.may_refuse_to_start, 'a server may refuse this configuration').toBe(true)
      return
    }
    const got = await play(await port(), step)
    const { outcome, found } = verdict(step, got)
    const id = `${scenario.id}#${step.name}`
    if (LEAKS.has(id)) {
      expect(found.join('\n')).toMatch(
        /^(?:json\.\w+\.\$jwt\.claims\.admin: wanted true, got undefined\n?)+$/,
      )
      return
    }
    expect(found, `${outcome}: ${JSON.stringify(got)}`).toEqual([])
    expect(outcome).not.toBe('crashes too')
    if (step.better && !AS_GOOD.has(id)) expect(isBetter(step.better, got), JSON.stringify(got)).toBe(true)
  })
})

/** A server for a scenario, or `null` when its configuration is refused. */
async function started({ server: config }: Scenario): Promise<Server | null> {
  let app: Parameters<typeof createServer>[1]
  try {
    app = createFlaskApp(config)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return null
  }
  const server = createServer(app)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

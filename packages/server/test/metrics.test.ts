import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type Listening, listen, PASSWORD, signUp } from './in-process.ts'
import { serve, temporaryFolder } from './process.ts'
import { samplesOf } from './samples.ts'

const CREDENTIAL = 'what-prometheus-shows-when-it-asks'

const look = async (url: string): Promise<string> => {
  const response = await fetch(`${url}/metrics`, bearer(CREDENTIAL))
  expect(response.status).toBe(200)
  return response.text()
}

const post = (url: string, body: unknown): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

describe('GET /metrics', () => {
  let server: Listening
  beforeAll(async () => {
    server = await listen({ serviceCredentials: [CREDENTIAL] })
  })
  afterAll(() => server.close())

  /** How far each sample rose while `act` ran; those that did not move are left out. */
  async function risesOf(act: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = samplesOf(await look(server.url))
    await act()
    const after = samplesOf(await look(server.url))
    const rises = [...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const)
    return Object.fromEntries(
      rises.filter(([name, rise]) => rise !== 0 && !/_bucket|_sum|process|node/.test(name)),
    )
  }

  it('H-21: is for who shows the credential, and for nobody else', async () => {
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401)
    const forged = await fetch(`${server.url}/metrics`, bearer(`${CREDENTIAL}x`))
    expect(forged.status).toBe(401)
    expect(forged.headers.get('www-authenticate')).toMatch(/^Bearer /)
    const { access_token } = await signUp(server.url, 'mallory')
    expect((await fetch(`${server.url}/metrics`, bearer(access_token))).status).toBe(401)
    const good = await fetch(`${server.url}/metrics`, bearer(CREDENTIAL))
    expect(good.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(good.headers.get('cache-control')).toBe('no-store')
    expect((await fetch(`${server.url}/metrics`, { method: 'POST', ...bearer(CREDENTIAL) })).status).toBe(405)
  })

  it('H-21: does not exist without a credential', async () => {
    const bare = await listen()
    const [metrics, unknown] = await Promise.all(
      ['/metrics', '/nothing'].map((path) => fetch(bare.url + path)),
    )
    expect(metrics?.status).toBe(404)
    expect(await metrics?.text()).toBe(await unknown?.text())
    await bare.close()
  })

  it('is what Prometheus reads: every metric once, described and typed, with numbers', async () => {
    const lines = (await look(server.url)).split('\n').filter((line) => line !== '')
    const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2])
    expect(new Set(types).size).toBe(types.length)
    expect(lines.filter((line) => line.startsWith('# HELP ')).length).toBe(types.length)
    for (const line of lines.filter((one) => !one.startsWith('#')))
      expect(line).toMatch(/^[a-z_:][a-z\d_:]*(\{([a-z_]+="[^"\\]*",?)+\})? [-+\d.eINFa]+$/i)
  })

  it('counts requests by route, method and class, and refusals by code', async () => {
    const rises = await risesOf(async () => {
      await fetch(`${server.url}/protected`)
      await fetch(`${server.url}/healthz`)
    })
    expect(rises).toMatchObject({
      'latchkey_http_request_duration_seconds_count{route="/protected",method="GET",status="4xx"}': 1,
      'latchkey_http_request_duration_seconds_count{route="/healthz",method="GET",status="2xx"}': 1,
      'latchkey_refusals_total{code="missing_token"}': 1,
    })
  })

  it('counts sign-ins and registrations by what came of them', async () => {
    const rises = await risesOf(async () => {
      await post(`${server.url}/register`, { username: 'ada', password: PASSWORD })
      await post(`${server.url}/register`, { username: 'ada', password: PASSWORD })
      await post(`${server.url}/login`, { username: 'ada', password: PASSWORD })
      await post(`${server.url}/login`, { username: 'ada', password: 'wrong' })
      await post(`${server.url}/login`, { username: 'nobody', password: 'wrong' })
      await post(`${server.url}/login`, { username: 'ada' })
    })
    expect(rises).toMatchObject({
      'latchkey_sign_ins_total{outcome="ok"}': 1,
      'latchkey_sign_ins_total{outcome="failed"}': 2,
      'latchkey_registrations_total{outcome="ok"}': 1,
      'latchkey_registrations_total{outcome="refused"}': 1,
      'latchkey_refusals_total{code="invalid_input"}': 1,
    })
  })

  it('counts sign-ins that were throttled', async () => {
    const limited = await listen({ serviceCredentials: [CREDENTIAL], limits: true })
    for (let attempt = 0; attempt < 7; attempt += 1)
      await post(`${limited.url}/login`, { username: 'ada', password: 'wrong' })
    expect(samplesOf(await look(limited.url)).get('latchkey_sign_ins_total{outcome="throttled"}')).toBe(2)
    await limited.close()
  })

  it('R3 to R5: counts refreshes by what came of them', async () => {
    const { refresh_token } = await signUp(server.url, 'grace')
    const refresh = (token: string) => fetch(`${server.url}/refresh`, { method: 'POST', ...bearer(token) })
    const rises = await risesOf(async () => {
      const next = (await (await refresh(refresh_token)).json()) as { refresh_token: string }
      await refresh(refresh_token)
      await refresh('garbage')
      await refresh(next.refresh_token)
    })
    expect(rises).toMatchObject({
      'latchkey_refreshes_total{outcome="rotated"}': 2,
      'latchkey_refreshes_total{outcome="replayed"}': 1,
      'latchkey_refresh_replayed_total{behind="1"}': 1,
      'latchkey_refreshes_total{outcome="refused"}': 1,
    })
  })

  it('V5, V8: tells how old the news of revocations are, how old they may be, and how many are held', async () => {
    const { access_token } = await signUp(server.url, 'eve')
    const rises = await risesOf(() =>
      fetch(`${server.url}/logout`, { method: 'POST', ...bearer(access_token) }),
    )
    expect(rises).toMatchObject({ latchkey_revocations_held: 1, latchkey_revocations_heard_total: 1 })
    const samples = samplesOf(await look(server.url))
    expect(samples.get('latchkey_revocation_mode{mode="synced",on_stale="refuse"}')).toBe(1)
    expect(samples.get('latchkey_revocation_bound_seconds')).toBe(30)
    expect(samples.get('latchkey_revocation_age_seconds')).toBeGreaterThan(0)
    expect(samples.get('latchkey_revocation_age_seconds')).toBeLessThan(30)
  })

  it('tells how the process is: queue of hashes, event loop, processor, memory, versions', async () => {
    const samples = samplesOf(await look(server.url))
    expect(samples.get('latchkey_password_hashes_running')).toBe(0)
    expect(samples.get('latchkey_password_hashes_waiting')).toBe(0)
    expect(samples.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0)
    expect(samples.get('process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
    expect([...samples.keys()]).toContainEqual(
      expect.stringMatching(/^latchkey_build_info\{version="\d+\.\d+\.\d+",node="v\d+\.\d+\.\d+"\}$/),
    )
  })

  it('G-01: has no more series however many names, paths and methods are tried', async () => {
    const tries = (mark: string) => async () => {
      for (const n of [1, 2, 3]) {
        await fetch(`${server.url}/${mark}-${n}`)
        await fetch(`${server.url}/sessions/${mark}-${n}`, { method: 'DELETE' })
        await fetch(`${server.url}/protected?q=${mark}-${n}`, bearer(`${mark}-${n}`))
        await post(`${server.url}/login`, { username: `${mark}-${n}`, password: mark })
      }
      await fetch(`${server.url}/protected`, { method: 'PROPFIND' })
    }
    await tries('first')()
    const before = [...samplesOf(await look(server.url)).keys()]
    await tries('second')()
    const text = await look(server.url)
    expect([...samplesOf(text).keys()]).toEqual(before)
    expect(text).not.toMatch(/first-|second-|127\.0\.0\.1|::1/)
    expect(text).toContain('method="other"')
  })
})

it('with several workers every look sees all of them, each under its number', async () => {
  using folder = temporaryFolder()
  const env = { LATCHKEY_SERVICE_CREDENTIALS: CREDENTIAL }
  const server = await serve(folder.path, ['--workers', '2', '--limits', 'off'], env)
  const workersIn = (text: string) =>
    [...samplesOf(text).keys()].filter((name) => name.startsWith('process_resident_memory_bytes'))
  await expect.poll(async () => workersIn(await look(server.url))).toHaveLength(2)
  for (let visit = 0; visit < 6; visit += 1)
    await fetch(`${server.url}/healthz`, { headers: { connection: 'close' } })
  const text = await look(server.url)
  const healthz = [...samplesOf(text)].filter(([name]) => /_count\{.*healthz/.test(name))
  expect(healthz.reduce((sum, [, value]) => sum + value, 0)).toBe(6)
  const types = text.split('\n').filter((line) => line.startsWith('# TYPE '))
  expect(new Set(types).size).toBe(types.length)
  expect(await server.stop()).toBe(0)
})

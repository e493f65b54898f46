import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type Listening, listen, signUp } from './in-process.ts'

const CREDENTIAL = 'a credential of 32 characters ok'.replaceAll(' ', '-')

const form = (url: string, token: string, credential?: string): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ token }),
    headers: credential === undefined ? {} : { authorization: `Bearer ${credential}` },
  })

describe('endpoints for services', () => {
  let server: Listening
  beforeAll(async () => {
    server = await listen({ serviceCredentials: [CREDENTIAL] })
  })
  afterAll(() => server.close())

  it('H-05: introspect a token for who shows the credential, and for nobody else', async () => {
    const { access_token, refresh_token } = await signUp(server.url, 'ada')
    const url = `${server.url}/introspect`
    expect((await form(url, access_token)).status).toBe(401)
    expect((await form(url, access_token, `${CREDENTIAL}x`)).status).toBe(401)
    expect(await (await form(url, access_token, CREDENTIAL)).json()).toMatchObject({
      active: true,
      username: 'ada',
    })
    for (const token of [refresh_token, `${access_token}x`, 'garbage']) {
      expect(await (await form(url, token, CREDENTIAL)).json()).toEqual({ active: false })
    }
  })

  it('H-06, RT-24, I-66: end a session by any token of it, also the second time; an unknown one is as good as ended', async () => {
    const { access_token, refresh_token } = await signUp(server.url, 'bob')
    for (const token of [refresh_token, refresh_token, access_token, 'garbage']) {
      expect((await form(`${server.url}/revoke`, token)).status).toBe(200)
    }
    expect((await fetch(`${server.url}/protected`, bearer(access_token))).status).toBe(401)
  })

  it('H-21: hand the feed of revocations to who shows the credential, and to nobody else', async () => {
    const { access_token } = await signUp(server.url, 'eve')
    await form(`${server.url}/revoke`, access_token)
    expect((await fetch(`${server.url}/revocations?after=0`)).status).toBe(401)
    const page = await fetch(`${server.url}/revocations?after=0`, bearer(CREDENTIAL))
    expect(await page.json()).toMatchObject({
      entries: expect.arrayContaining([expect.objectContaining({ kind: 'sid' })]),
    })
  })

  it('name themselves in the metadata (RFC 8414)', async () => {
    const metadata = await fetch(`${server.url}/.well-known/oauth-authorization-server`)
    expect(await metadata.json()).toMatchObject({
      revocation_endpoint: expect.stringMatching(/\/revoke$/),
      introspection_endpoint: expect.stringMatching(/\/introspect$/),
    })
  })

  it('do not exist without a credential', async () => {
    const bare = await listen()
    for (const path of ['/introspect', '/revocations']) {
      expect((await fetch(`${bare.url}${path}`)).status).toBe(404)
    }
    await bare.close()
  })
})

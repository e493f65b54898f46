import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM, launchChromium } from '../../../../tools/chromium.ts'
import type { Client, ClientOptions } from '../../src/client/index.ts'
import { ada, startWorld, type World } from './world.ts'

const DIST = fileURLToPath(new URL('../../dist', import.meta.url))

const SCRIPT = `import { createClient } from '/dist/client/index.js'; globalThis.createClient = createClient`

/** What a page of the tests has made for itself. */
declare global {
  var createClient: typeof import('../../src/client/index.ts').createClient
  var auth: Client
  var changes: (string | null)[]
  var news: number
  var stopShowing: () => void
  var show: () => void
}

interface Tabs extends AsyncDisposable {
  readonly world: World
  readonly context: BrowserContext
  open(options?: Pick<ClientOptions, 'storage'> | 'localStorage'): Promise<Page>
}

describe.skipIf(CHROMIUM === undefined)('in a browser, with Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  }, 60_000)
  afterAll(() => browser?.close())

  /** Tabs of one browser at pages of a server; the client comes as it is published. */
  async function tabsAt(options: Parameters<typeof startWorld>[0]): Promise<Tabs> {
    const world = await startWorld(options)
    const context = await browser.newContext()
    await context.route(`${world.url}/page`, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>A page</title>' }),
    )
    await context.route(`${world.url}/dist/**`, (route) =>
      route.fulfill({ path: DIST + new URL(route.request().url()).pathname.slice('/dist'.length) }),
    )
    return {
      world,
      context,
      async open(storage) {
        const page = await context.newPage()
        await page.goto(`${world.url}/page`)
        await page.addScriptTag({ type: 'module', content: SCRIPT })
        await page.waitForFunction(() => 'createClient' in globalThis)
        await page.evaluate((kept) => {
          const storage = kept === 'localStorage' ? { storage: localStorage } : {}
          globalThis.auth = globalThis.createClient({ baseUrl: '/auth', ...storage })
          globalThis.changes = []
          globalThis.auth.onChange((who) => globalThis.changes.push(who?.username ?? null))
        }, storage)
        return page
      },
      async [Symbol.asyncDispose]() {
        await context.close()
        await world[Symbol.asyncDispose]()
      },
    }
  }

  const login = (page: Page): Promise<unknown> => page.evaluate((who) => globalThis.auth.login(who), ada)

  /** The statuses of so many requests at once. */
  const ask = (page: Page, times: number): Promise<number[]> =>
    page.evaluate(
      (times) =>
        Promise.all(
          Array.from({ length: times }, async () => (await globalThis.auth.fetch('/api/orders')).status),
        ),
      times,
    )

  const COOKIES = { locations: 'cookies', cookies: { secure: 'except-loopback' } } as const

  describe.each([
    ['cookies, csrf by origin', { ...COOKIES, csrf: 'origin' }, undefined],
    ['cookies, csrf by double submit', { ...COOKIES, csrf: 'double-submit' }, undefined],
    ['tokens in localStorage', {}, 'localStorage'],
  ] as const)('%s', (_, options, storage) => {
    it('refreshes once for twelve requests of four tabs, and nobody is signed out', async () => {
      await using tabs = await tabsAt(options)
      const first = await tabs.open(storage)
      await login(first)
      const pages = [first, await tabs.open(storage), await tabs.open(storage), await tabs.open(storage)]
      for (const page of pages) expect(await ask(page, 1)).toEqual([200])
      const before = tabs.world.count('POST /auth/refresh')
      tabs.world.clock.advance(11 * 60_000)
      const statuses = await Promise.all(pages.map((page) => ask(page, 3)))
      expect(statuses.flat()).toEqual(Array(12).fill(200))
      expect(tabs.world.count('POST /auth/refresh') - before).toBe(1)
    })

    it('survives a reload, and a sign-out in one tab is felt in the others', async () => {
      await using tabs = await tabsAt(options)
      const first = await tabs.open(storage)
      await login(first)
      const second = await tabs.open(storage)
      expect(await second.evaluate(() => globalThis.auth.current())).toMatchObject({ username: 'ada' })
      await first.evaluate(() => globalThis.auth.logout())
      await second.waitForFunction(() => globalThis.changes.at(-1) === null)
      expect(await second.evaluate(() => globalThis.auth.current())).toBeNull()
      expect(await ask(second, 1)).toEqual([401])
    })
  })

  it('hears what another tab did before its storage shows that', async () => {
    await using tabs = await tabsAt({})
    const first = await tabs.open('localStorage')
    const second = await tabs.open()
    await second.evaluate(() => {
      const shown = new Map<string, string | null>()
      const storage = {
        getItem: (key: string) => (shown.has(key) ? shown.get(key)! : localStorage.getItem(key)),
        setItem: (key: string, value: string) => localStorage.setItem(key, value),
        removeItem: (key: string) => localStorage.removeItem(key),
      }
      globalThis.auth.close()
      globalThis.auth = globalThis.createClient({ baseUrl: '/auth', storage })
      globalThis.auth.onChange((who) => globalThis.changes.push(who?.username ?? null))
      const name = `latchkey ${location.origin}/auth`
      globalThis.news = 0
      new BroadcastChannel(name).onmessage = () => globalThis.news++
      globalThis.stopShowing = () => shown.set(name, localStorage.getItem(name))
      globalThis.show = () => {
        shown.clear()
        dispatchEvent(new StorageEvent('storage', { key: name, storageArea: localStorage }))
      }
    })
    const latest = (): Promise<string | null | undefined> => second.evaluate(() => globalThis.changes.at(-1))
    for (const [act, expected] of [
      [() => login(first), 'ada'],
      [() => first.evaluate(() => globalThis.auth.logout()), null],
    ] as const) {
      const before = await latest()
      const heard = await second.evaluate(() => {
        globalThis.stopShowing()
        return globalThis.news
      })
      await act()
      await second.waitForFunction((heard) => globalThis.news > heard, heard)
      expect(await latest()).toBe(before)
      await second.evaluate(() => globalThis.show())
      await second.waitForFunction((expected) => globalThis.changes.at(-1) === expected, expected)
    }
  })

  it('shows no script a token that lies in a cookie', async () => {
    await using tabs = await tabsAt({ ...COOKIES, csrf: 'double-submit' })
    const page = await tabs.open()
    await login(page)
    const seen = await page.evaluate(
      () => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }),
    )
    expect(seen).toContain('csrf')
    expect(seen).not.toMatch(/eyJ/)
    const kept = await tabs.context.cookies()
    const tokens = kept.filter(({ value }) => value.startsWith('eyJ'))
    expect(tokens).toHaveLength(2)
    for (const { httpOnly } of tokens) expect(httpOnly).toBe(true)
  })

  it('sends no cookie along with a form of another site', async () => {
    await using tabs = await tabsAt({ ...COOKIES, csrf: 'origin' })
    await login(await tabs.open())
    // Another site to a browser: another host, though the same machine.
    const evil = tabs.world.url.replace('127.0.0.1', 'localhost')
    await tabs.context.route(`${evil}/evil`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${tabs.world.url}/api/orders"><button>Win</button></form>`,
      }),
    )
    const page = await tabs.context.newPage()
    await page.goto(`${evil}/evil`)
    const [answer] = await Promise.all([
      page.waitForResponse(`${tabs.world.url}/api/orders`),
      page.getByRole('button').click(),
    ])
    expect(answer.status()).toBe(401)
  })
})

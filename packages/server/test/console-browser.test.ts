import type { Store } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM, launchChromium } from '../../../tools/chromium.ts'
import { type Listening, listen, PASSWORD, signUp } from './in-process.ts'

describe.skipIf(CHROMIUM === undefined)('the console in a browser, with Chromium', () => {
  let browser: Browser
  let server: Listening
  let store: Store
  beforeAll(async () => {
    browser = await launchChromium()
    store = await sqliteStore(':memory:')
    server = await listen({ store })
    await server.auth.register({ username: 'root', password: PASSWORD, scope: 'latchkey:admin' })
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  /** A page at the console, signed in; what the browser complained about is collected. */
  async function signedIn(): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const page = await (await browser.newContext()).newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('requestfailed', (request) => complaints.push(request.url()))
    await page.goto(`${server.url}/console/users`)
    await page.getByLabel('User name').fill('root')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.url}/console/users`)
    return { page, complaints }
  }

  it('finds a user and ends a session with the keyboard alone, under its own policy', async () => {
    const { access_token } = await signUp(server.url, 'ada')
    const { page, complaints } = await signedIn()
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('q')
    await page.keyboard.type('ad')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.url}/console/users?q=ad`)
    await page.getByRole('link', { name: 'ada', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'ada', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'End', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('The session has ended; its tokens are refused.').waitFor()
    const headers = { authorization: `Bearer ${access_token}` }
    expect((await fetch(`${server.url}/protected`, { headers })).status).toBe(401)
    expect(complaints).toEqual([])
  })

  it('looks like something: its style sheet is taken, and dark where the reader wants it dark', async () => {
    const { page } = await signedIn()
    const paper = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await paper()).toBe('rgb(255, 255, 255)')
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await paper()).toBe('rgb(20, 23, 26)')
    expect(await page.evaluate(() => document.compatMode)).toBe('CSS1Compat')
  })

  it('asks once more before a key is revoked, and can be left there', async () => {
    const { page } = await signedIn()
    const before = (await store.keys.list()).keys
    await page.goto(`${server.url}/console/keys`)
    await page.getByRole('button', { name: 'Revoke' }).first().click()
    await page.getByText('it cannot be undone').waitFor()
    await page.getByRole('link', { name: 'Leave it' }).click()
    await page.waitForURL(`${server.url}/console`)
    expect((await store.keys.list()).keys).toEqual(before)
  })

  it('signs out, and the way back shows nothing', async () => {
    const { page } = await signedIn()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${server.url}/console/sign-in`)
    await page.goBack()
    expect(page.url()).toContain('/console/sign-in')
  })
})

import type { MovableClock } from '../movable-clock.ts'

interface Cookie {
  readonly value: string
  readonly end: number
  readonly isReadable: boolean
}

/** What a browser does with the cookies of one host. All tabs share one. */
export interface Jar {
  readonly fetch: typeof globalThis.fetch
  /** What `document.cookie` shows to scripts. */
  readable(): string
  names(): string[]
}

/** @param origin of the page, which a browser writes on each request that it makes */
export function cookieJar(origin: string, clock: MovableClock): Jar {
  const cookies = new Map<string, Cookie>()
  const alive = (): [string, Cookie][] => [...cookies].filter(([, { end }]) => clock() < end)
  const keep = (line: string): void => {
    const [pair = '', ...attributes] = line.split('; ')
    const at = pair.indexOf('=')
    const age = attributes.find((one) => one.startsWith('Max-Age='))?.slice('Max-Age='.length)
    cookies.set(pair.slice(0, at), {
      value: pair.slice(at + 1),
      end: age === undefined ? Number.POSITIVE_INFINITY : clock() + Number(age) * 1000,
      isReadable: !attributes.includes('HttpOnly'),
    })
  }
  const textOf = (list: [string, Cookie][]): string =>
    list.map(([name, { value }]) => `${name}=${value}`).join('; ')
  return {
    async fetch(input, init) {
      const request = new Request(typeof input === 'string' ? new URL(input, origin) : input, init)
      const isOwn = new URL(request.url).origin === origin && request.credentials !== 'omit'
      const cookie = textOf(alive())
      request.headers.set('sec-fetch-site', isOwn ? 'same-origin' : 'cross-site')
      request.headers.set('origin', origin)
      if (isOwn && cookie !== '') request.headers.set('cookie', cookie)
      const response = await fetch(request)
      if (isOwn) response.headers.getSetCookie().forEach(keep)
      return response
    },
    readable: () => textOf(alive().filter(([, { isReadable }]) => isReadable)),
    names: () => alive().map(([name]) => name),
  }
}

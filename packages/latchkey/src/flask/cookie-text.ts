import { domainToASCII } from 'node:url'

/** Cookies by name, as a request sent them. */
export type Cookies = ReadonlyMap<string, string>

/**
 * The cookies of a request as Werkzeug reads them: blanks around names and values do not count, quotes are taken off,
 * and of two with one name the first counts.
 */
export function readCookies(header: string | null | undefined): Cookies {
  const cookies = new Map<string, string>()
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=')
    // Blanks only: a browser lets no page imitate a prefix, but not with an exotic space before it (I-85).
    const name = part.slice(0, Math.max(0, at)).replace(/^[ \t]+|[ \t]+$/g, '')
    if (name !== '' && !cookies.has(name)) cookies.set(name, unquoted(part.slice(at + 1).trim()))
  }
  return cookies
}

function unquoted(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value
  return value
    .slice(1, -1)
    .replace(/\\(?:([0-3][0-7]{2})|(.))/g, (_, octal: string | undefined, plain: string) =>
      octal === undefined ? plain : String.fromCharCode(Number.parseInt(octal, 8)),
    )
}

const PLAIN = /^[\w!#$%&'()*+\-./:<=>?@[\]^`{|}~]*$/
const SPECIAL = /[^\w!#$%&'()*+\-./:<=>?@[\]^`{|}~ ]/g

/**
 * A value as Werkzeug writes it: what is no token stands in quotes, with everything in it escaped that could end it.
 * Nothing can come in as an attribute that way.
 */
export function writeValue(value: string): string {
  if (PLAIN.test(value)) return value
  const bytes = Buffer.from(value, 'utf8').toString('latin1')
  return `"${bytes.replace(SPECIAL, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`
}

/** A path as Werkzeug writes it: what is no character of a URL's path is escaped, and what is escaped stays so. */
export function writePath(path: string): string {
  return encodeURI(path).replace(/%25|[;?#]/g, (one) => (one === '%25' ? '%' : encodeURIComponent(one)))
}

/**
 * A domain as Werkzeug writes it: without a port and leading dots, which mean nothing (RFC 6265 section 4.1.2.3), and in
 * ASCII.
 *
 * @returns `null` for what is none
 */
export function cookieDomain(domain: string): string | null {
  const bare = (domain.split(':')[0] ?? '').replace(/^\.+/, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  const ascii = /^[\x00-\x7f]*$/.test(bare) ? bare : domainToASCII(bare)
  return /^[\w-]+(?:\.[\w-]+)*$/.test(ascii) ? ascii : null
}

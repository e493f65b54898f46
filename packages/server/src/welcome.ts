import { isIPv6 } from 'node:net'
import { type Config, servesConsole } from './config.ts'
import { databaseOf, placeOf } from './data.ts'

/** What a person reads when the server has started: where it listens, what it keeps where, what to try. */
export function welcome(config: Config): string {
  const url = `http://${isIPv6(config.host) ? `[${config.host}]` : config.host}:${config.port}`
  const sealed = config.secret === null ? `${databaseOf(config)}.secret` : 'LATCHKEY_SECRET'
  const json = `-H 'content-type: application/json'`
  const credentials = `'{"username":"ada","password":"correct horse battery staple"}'`
  return `
Latchkey listens on ${url}
  issuer  ${config.issuer}
  data    ${placeOf(config)}, keys sealed with ${sealed}
${config.workers > 1 ? `  workers ${config.workers}\n` : ''}${warningOf(config)}
Try:
  curl -s ${url}/register ${json} -d ${credentials}
  curl -s ${url}/login ${json} -d ${credentials}
  curl -s ${url}/protected -H "authorization: Bearer <access_token>"
${consoleOf(config, url)}
`
}

/** Behind TLS it is reached at the issuer's address only, where its cookie belongs. */
function consoleOf(config: Config, url: string): string {
  if (!servesConsole(config)) return ''
  const at = config.issuer.startsWith('https:') ? config.issuer : url
  return `\nConsole: ${at}/console, for administrators: user add <name> --scope latchkey:admin\n`
}

/** Passwords must not cross a network in the clear. */
function warningOf({ host, issuer }: Config): string {
  if (/^(127\.|localhost$|::1$)/.test(host) || issuer.startsWith('https:')) return ''
  return `\nWarning: ${host} can be reached from other machines, over plain http. Put TLS in front and set LATCHKEY_ISSUER.\n`
}

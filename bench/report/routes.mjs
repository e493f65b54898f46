import { USUAL } from '../routes/servers.mjs'
import { mebibytes, number, spread, table } from './format.mjs'

export function markdown(result) {
  const head = [
    '',
    'CPU a request, µs',
    'open beside it, µs',
    'added, µs',
    'guarded ÷ open',
    'requests/s',
    'p99, ms',
    'RSS, MiB',
  ]
  const parts = Object.entries(result).map(([framework, guards]) => {
    const rows = Object.entries(guards).map(
      ([guard, { cpu, open, added, ratio, rate, milliseconds, rss }]) => [
        guard,
        spread(cpu),
        open ? number(open.median) : '–',
        spread(added),
        number(ratio.median),
        number(rate.median),
        number(milliseconds.p99),
        mebibytes(rss),
      ],
    )
    return `### ${framework}\n\n${table(head, rows)}`
  })
  return ['## Routes', INTRODUCTION, ...parts].join('\n\n')
}

const INTRODUCTION = `Processor time of the server's process for each request, 16 kept connections, 1,000 HS256 tokens in turn;
the open route of the same process is sent the same tokens, in turn with the guarded one; added and ratio are of such pairs. Those of
"open" itself, an open route beside another one, say how far figures can be trusted. "latchkey" is stateless
(\`createJwtManager\`), as its neighbours are, and remembers the tokens, as it does by default and they do not unless they are said to; "latchkey sessions" also looks up revocations and loads a user. better-auth reads
its session out of its own signed cookie cache. "header read only" takes the token and checks nothing. Hono calls a route's only
handler directly, and what comes before one by way of promises: "nothing but next()" is what that takes, "latchkey around
the handler" is \`jwtRequired(auth, handler)\`. The server is on one core, what asks it on another.`

export function charts(result) {
  const bars = Object.entries(result).flatMap(([framework, guards]) =>
    ['latchkey', 'latchkey sessions', USUAL[framework]].map((guard) => ({
      label: `${framework}: ${guard}`,
      // What is below a microsecond cannot be told from nothing here.
      value: Math.max(1, guards[guard].added.median),
      text: `${number(guards[guard].added.median)} µs`,
      ours: guard.startsWith('latchkey'),
    })),
  )
  const subtitle = 'processor time that a guard adds to a request; less is better'
  return [{ file: 'routes.svg', title: 'A protected route beside an open one', subtitle, bars, log: true }]
}

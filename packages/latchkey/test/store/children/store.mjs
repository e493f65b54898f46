// A store in a process of its own: answers { id, count, port, verb, args } with the outcome of `count` calls at once.
import { sqliteStore } from '../../../dist/store/sqlite.js'

const store = await sqliteStore(process.argv[2])

process.on('message', async ({ id, count, port, verb, args }) => {
  const call = async () => (port === null ? store[verb](...args) : store[port][verb](...args))
  const calls = Array.from({ length: count }, () => call().catch(({ code }) => `error: ${code}`))
  process.send({ id, results: await Promise.all(calls) })
})
process.send({ ready: true })

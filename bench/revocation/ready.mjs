// From the start of a node to its first answer, with so many revocations in its SQLite file (RV-18):
//   node bench/revocation/ready.mjs [1000000]
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuth } from 'latchkey'
import { sqliteStore } from 'latchkey/store/sqlite'

const count = Number(process.argv[2] ?? 1_000_000)
const folder = mkdtempSync(join(tmpdir(), 'latchkey-ready-'))
const store = await sqliteStore(join(folder, 'ready.db'), { log: () => {} })
const event = { type: 'bench', userId: null, sessionId: null, address: null, userAgent: null, data: {} }
const revoke = () =>
  store.revocations.revokeToken(randomBytes(16).toString('base64url'), Date.now() + 3_600_000, event)
for (let done = 0; done < count; done += 5000) {
  await Promise.all(Array.from({ length: Math.min(5000, count - done) }, revoke))
}
const started = performance.now()
const auth = createAuth({ store })
await auth.ready()
const seconds = ((performance.now() - started) / 1000).toFixed(2)
const resident = (process.memoryUsage().rss / 2 ** 20).toFixed(0)
console.log(
  `${count} revocations: ready after ${seconds} s, ${resident} MiB resident, Node ${process.version}`,
)
await auth.close()
await store.close()
rmSync(folder, { recursive: true })

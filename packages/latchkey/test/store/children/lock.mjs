// Holds the write lock of a database until it is told to let go.
import { openEngine } from '../../../dist/store/sqlite/engine.js'

const engine = await openEngine(process.argv[2])
engine.all('begin exclusive')
process.once('message', () => {
  engine.all('rollback')
  engine.close()
  process.disconnect()
})
process.send({ ready: true })

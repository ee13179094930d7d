// What people write around node:cluster to reload without a pause. SIGHUP: one new worker after the other,
// and an old one is disconnected for each that listens; a new one that ends before stops the loop. A worker
// that ends unasked is replaced. WORKERS workers of app.js; POLICY is rr or none.
const cluster = require('node:cluster')
const { env } = process

cluster.schedulingPolicy = env.POLICY === 'none' ? cluster.SCHED_NONE : cluster.SCHED_RR
cluster.setupPrimary({ exec: `${__dirname}/app.js` })

const rising = new Set()

function rise () {
  return new Promise((resolve, reject) => {
    const worker = cluster.fork()
    rising.add(worker)
    worker.once('listening', () => { rising.delete(worker); resolve(worker) })
    worker.once('exit', () => { if (rising.has(worker)) reject(new Error('a new worker has ended')) })
  })
}

cluster.on('exit', (worker) => {
  if (!worker.exitedAfterDisconnect && !rising.has(worker)) rise().catch(console.error)
})

let isReloading = false
process.on('SIGHUP', async () => {
  if (isReloading) return
  isReloading = true
  try {
    for (const old of Object.values(cluster.workers)) {
      await rise()
      old.disconnect()
    }
  } catch (error) {
    console.error(error)
  }
  isReloading = false
})

for (let i = 0; i < Number(env.WORKERS); i++) rise().catch(console.error)

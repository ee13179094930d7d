// The same for Node: with workers under its own primary, or as a worker of a pool.
const cluster = require('node:cluster')
const http = require('node:http')

if (cluster.isPrimary) {
  const workers = Number(process.env.WORKERS)
  let listening = 0
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.on('listening', () => { if (++listening === workers) console.log('ready') })
  for (let i = 0; i < workers; i++) cluster.fork()
} else {
  http.createServer((request, response) => {
    response.setHeader('Connection', 'close')
    response.end('ok\n')
  }).listen(Number(process.env.PORT), '127.0.0.1')
}

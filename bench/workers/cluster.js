// What workers/http.c does, for Node: with workers under its own primary, or as a worker of a pool.
// NODE_CLUSTER_SCHED_POLICY is rr or none, PORT the port, WORKERS how many.
const cluster = require('node:cluster')
const http = require('node:http')

const burntMicroseconds = 10_000

function burn () {
  const began = process.cpuUsage()
  let used
  do used = process.cpuUsage(began); while (used.user + used.system < burntMicroseconds)
}

if (cluster.isPrimary) {
  for (let i = 0; i < Number(process.env.WORKERS); i++) cluster.fork()
} else {
  const body = `${process.pid}\n`
  const server = http.createServer((request, response) => {
    if (request.url === '/burn') burn()
    response.end(body)
  })
  server.keepAliveTimeout = 60_000
  server.listen(Number(process.env.PORT), '127.0.0.1', 4096)
}

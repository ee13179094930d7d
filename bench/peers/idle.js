// Node's cluster with WORKERS workers that listen at PORT and are asked nothing.
const cluster = require('node:cluster')
const http = require('node:http')

if (cluster.isPrimary) {
  for (let i = 0; i < Number(process.env.WORKERS); i++) cluster.fork()
} else {
  const server = http.createServer((request, response) => response.end('ok\n'))
  server.listen(Number(process.env.PORT), '127.0.0.1')
}
